// AttentionGradQ shared 2

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> out: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> delta: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const WIDTH = 2u;
const QUADS = 1u;
var<workgroup> keyTile: array<vec4<f32>, 32>;
var<workgroup> valueTile: array<vec4<f32>, 32>;
fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, qkv[at + 0u], quad * 4u + 0u < 2u), select(0.0, qkv[at + 1u], quad * 4u + 1u < 2u), select(0.0, qkv[at + 2u], quad * 4u + 2u < 2u), select(0.0, qkv[at + 3u], quad * 4u + 3u < 2u));
}
fn outQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, out[at + 0u], quad * 4u + 0u < 2u), select(0.0, out[at + 1u], quad * 4u + 1u < 2u), select(0.0, out[at + 2u], quad * 4u + 2u < 2u), select(0.0, out[at + 3u], quad * 4u + 3u < 2u));
}
fn dyQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, dy[at + 0u], quad * 4u + 0u < 2u), select(0.0, dy[at + 1u], quad * 4u + 1u < 2u), select(0.0, dy[at + 2u], quad * 4u + 2u < 2u), select(0.0, dy[at + 3u], quad * 4u + 3u < 2u));
}
fn gradientStore(base: u32, quad: u32, value: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (quad * 4u + i < 2u) { gradient[base + quad * 4u + i] = value[i]; }
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
  let own = (row * params.length + token) * params.heads + head;
  let origin = base + token * stride + head * WIDTH;
  var query: array<vec4<f32>, 1>;
  var error: array<vec4<f32>, 1>;
  var sums: array<vec4<f32>, 1>;
  for (var quad = 0u; quad < QUADS; quad++) {
    query[quad] = qkvQuad(origin, quad) * params.scale;
    error[quad] = dyQuad(own * WIDTH, quad);
  }
  
      var inner4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { inner4 = fma(error[quad], outQuad(own * WIDTH, quad), inner4); }
      let inner = inner4.x + inner4.y + inner4.z + inner4.w;
  let logSum = lse[own];
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
      
      var slope4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { slope4 = fma(error[quad], valueTile[j * QUADS + quad], slope4); }
      let slope = slope4.x + slope4.y + slope4.z + slope4.w;
      let dScore = exp(score - logSum) * (slope - inner);
      for (var quad = 0u; quad < QUADS; quad++) { sums[quad] = fma(vec4<f32>(dScore), keyTile[j * QUADS + quad], sums[quad]); }
    }
    workgroupBarrier();
  }
  if (t < params.length) {
    for (var quad = 0u; quad < QUADS; quad++) { gradientStore(origin, quad, sums[quad] * params.scale); }
    delta[own] = inner;
  }
}
