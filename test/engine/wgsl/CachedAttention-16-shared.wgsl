// CachedAttention 16 shared

struct Params { blocks: u32, size: u32, length: u32, capacity: u32, prefix: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> start: array<i32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> lanes: array<f32, 64>;
fn sumOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane < step) { lanes[lane] += lanes[lane + step]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&lanes[0]);
}
fn maxOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane < step) { lanes[lane] = max(lanes[lane], lanes[lane + step]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&lanes[0]);
}
const WIDTH = 16u;
var<workgroup> query: array<f32, 16>;
var<workgroup> shares: array<f32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let head = block % params.heads;
  let token = block / params.heads;
  let row = token / params.length;
  let queryAt = token * (params.heads + 2u * params.keyHeads) * WIDTH + head * WIDTH;
  let stride = params.keyHeads * WIDTH;
  let base = head / (params.heads / params.keyHeads) * WIDTH;
  let own = row * (params.capacity - params.prefix) * stride; // from the prefix, which all rows share, to what follows it
  let seen = u32(clamp(start[row] + i32(token % params.length) + 1, 0, i32(params.capacity)));
  for (var d = lane; d < WIDTH; d += 64u) { query[d] = qkv[queryAt + d]; }
  workgroupBarrier();

  var sums: array<f32, 1>;
  var total = 0.0;
  var top = -1e30;
  for (var first = 0u; first < seen; first += 64u) {
    let position = first + lane;
    var score = -1e30;
    if (position < seen) {
      var dot = 0.0;
      let at = base + position * stride + select(own, 0u, position < params.prefix);
      for (var d = 0u; d < WIDTH; d++) { dot = fma(query[d], keys[at + d], dot); }
      score = dot * params.scale;
    }
    let next = max(top, maxOverLanes(lane, score));
    let shrink = exp(top - next);
    var share = 0.0;
    if (position < seen) { share = exp(score - next); }
    shares[lane] = share;
    total = total * shrink + sumOverLanes(lane, share);
    let count = min(64u, seen - first);
    for (var part = 0u; part < 1u; part++) {
      let d = part * 64u + lane;
      if (d < WIDTH) {
        var sum = sums[part] * shrink;
        for (var j = 0u; j < count; j++) {
          let at = base + (first + j) * stride + select(own, 0u, first + j < params.prefix);
          sum = fma(shares[j], values[at + d], sum);
        }
        sums[part] = sum;
      }
    }
    top = next;
    workgroupBarrier();
  }
  for (var part = 0u; part < 1u; part++) {
    let d = part * 64u + lane;
    if (d < WIDTH) { y[block * WIDTH + d] = sums[part] / max(total, 1e-30); }
  }
}
