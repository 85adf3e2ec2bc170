// Attention shared 2

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const WIDTH = 2u;
const QUADS = 1u;
var<workgroup> keyTile: array<vec4<f32>, 32>;
var<workgroup> valueTile: array<vec4<f32>, 32>;
fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, qkv[at + 0u], quad * 4u + 0u < 2u), select(0.0, qkv[at + 1u], quad * 4u + 1u < 2u), select(0.0, qkv[at + 2u], quad * 4u + 2u < 2u), select(0.0, qkv[at + 3u], quad * 4u + 3u < 2u));
}
fn outStore(base: u32, quad: u32, value: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (quad * 4u + i < 2u) { out[base + quad * 4u + i] = value[i]; }
  }
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let parts = (params.length + 63u) / 64u;
  let part = block % parts;
  let head = block / parts % params.heads;
  let row = block / (parts * params.heads);
  let t = part * 64u + lane;
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * WIDTH;
  let base = row * params.length * stride;
  let token = min(t, params.length - 1u);
  var query: array<vec4<f32>, 1>;
  var sums: array<vec4<f32>, 1>;
  for (var quad = 0u; quad < QUADS; quad++) { query[quad] = qkvQuad(base + token * stride + head * WIDTH, quad) * params.scale; }
  var top = -1e30;
  var total = 0.0;
  let end = min(params.length, (part + 1u) * 64u);
  for (var first = 0u; first < end; first += 32u) {
    for (var i = lane; i < 32u * QUADS; i += 64u) {
      let at = base + min(first + i / QUADS, params.length - 1u) * stride + (params.heads + head / group) * WIDTH;
      keyTile[i] = qkvQuad(at, i % QUADS);
      valueTile[i] = qkvQuad(at + params.keyHeads * WIDTH, i % QUADS);
    }
    workgroupBarrier();
    for (var j = 0u; j < 32u && t < params.length && first + j <= t; j++) {
      var score4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { score4 = fma(query[quad], keyTile[j * QUADS + quad], score4); }
      let score = score4.x + score4.y + score4.z + score4.w;
      let next = max(top, score);
      let shrink = exp(top - next);
      let share = exp(score - next);
      total = total * shrink + share;
      for (var quad = 0u; quad < QUADS; quad++) { sums[quad] = fma(vec4<f32>(share), valueTile[j * QUADS + quad], sums[quad] * shrink); }
      top = next;
    }
    workgroupBarrier();
  }
  if (t < params.length) {
    let to = (row * params.length + t) * params.heads + head;
    for (var quad = 0u; quad < QUADS; quad++) { outStore(to * WIDTH, quad, sums[quad] / total); }
    lse[to] = top + log(total);
  }
}
