// CachedAttention 2 registers

struct Params { blocks: u32, size: u32, length: u32, capacity: u32, prefix: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> start: array<i32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const WIDTH = 2u;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, qkv[at + 0u], quad * 4u + 0u < 2u), select(0.0, qkv[at + 1u], quad * 4u + 1u < 2u), select(0.0, qkv[at + 2u], quad * 4u + 2u < 2u), select(0.0, qkv[at + 3u], quad * 4u + 3u < 2u));
}
fn keysQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, keys[at + 0u], quad * 4u + 0u < 2u), select(0.0, keys[at + 1u], quad * 4u + 1u < 2u), select(0.0, keys[at + 2u], quad * 4u + 2u < 2u), select(0.0, keys[at + 3u], quad * 4u + 3u < 2u));
}
fn valuesQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, values[at + 0u], quad * 4u + 0u < 2u), select(0.0, values[at + 1u], quad * 4u + 1u < 2u), select(0.0, values[at + 2u], quad * 4u + 2u < 2u), select(0.0, values[at + 3u], quad * 4u + 3u < 2u));
}
fn yStore(base: u32, quad: u32, value: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (quad * 4u + i < 2u) { y[base + quad * 4u + i] = value[i]; }
  }
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let item = block * 64u + lane;
  if (item >= params.size) { return; }
  
  let head = item % params.heads;
  let token = item / params.heads;
  let row = token / params.length;
  let queryAt = token * (params.heads + 2u * params.keyHeads) * WIDTH + head * WIDTH;
  let stride = params.keyHeads * WIDTH;
  let base = head / (params.heads / params.keyHeads) * WIDTH;
  let own = row * (params.capacity - params.prefix) * stride; // from the prefix, which all rows share, to what follows it
  let seen = u32(clamp(start[row] + i32(token % params.length) + 1, 0, i32(params.capacity)));
  let query0 = qkvQuad(queryAt, 0u) * params.scale;
  var sum0 = vec4<f32>();
  var total = 0.0;
  var top = -1e30;
  var at = base;
  for (var position = 0u; position < seen; position++) {
    if (position == params.prefix) { at += own; }
    let products = query0 * keysQuad(at, 0u);
    let score = products.x + products.y + products.z + products.w;
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = total * shrink + share;
    sum0 = fma(vec4<f32>(share), valuesQuad(at, 0u), sum0 * shrink);
    top = next;
    at += stride;
  }
  let inverse = 1.0 / max(total, 1e-30);
  yStore(item * WIDTH, 0u, sum0 * inverse);
}
