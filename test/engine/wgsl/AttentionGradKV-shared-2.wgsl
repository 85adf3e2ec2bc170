// AttentionGradKV shared 2

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const WIDTH = 2u;
const QUADS = 1u;
var<workgroup> queryTile: array<vec4<f32>, 32>;
var<workgroup> errorTile: array<vec4<f32>, 32>;
var<workgroup> logSums: array<f32, 32>;
var<workgroup> inners: array<f32, 32>;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  let at = base + quad * 4u;
  return vec4<f32>(select(0.0, qkv[at + 0u], quad * 4u + 0u < 2u), select(0.0, qkv[at + 1u], quad * 4u + 1u < 2u), select(0.0, qkv[at + 2u], quad * 4u + 2u < 2u), select(0.0, qkv[at + 3u], quad * 4u + 3u < 2u));
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
  let head = block / parts % params.keyHeads;
  let row = block / (parts * params.keyHeads);
  let t = part * 64u + lane;
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * WIDTH;
  let base = row * params.length * stride;
  let token = min(t, params.length - 1u);
  let origin = base + token * stride + (params.heads + head) * WIDTH;
  let values = origin + params.keyHeads * WIDTH;
  var key: array<vec4<f32>, 1>;
  var value: array<vec4<f32>, 1>;
  var keySums: array<vec4<f32>, 1>;
  var valueSums: array<vec4<f32>, 1>;
  for (var quad = 0u; quad < QUADS; quad++) {
    key[quad] = qkvQuad(origin, quad) * params.scale;
    value[quad] = qkvQuad(values, quad);
  }
  for (var other = head * group; other < (head + 1u) * group; other++) {
    for (var first = part * 64u; first < params.length; first += 32u) {
      for (var i = lane; i < 32u * QUADS; i += 64u) {
        let position = min(first + i / QUADS, params.length - 1u);
        let own = (row * params.length + position) * params.heads + other;
        queryTile[i] = qkvQuad(base + position * stride + other * WIDTH, i % QUADS);
        errorTile[i] = dyQuad(own * WIDTH, i % QUADS);
        if (i % QUADS == 0u) {
          logSums[i / QUADS] = lse[own];
          inners[i / QUADS] = delta[own];
        }
      }
      workgroupBarrier();
      for (var j = 0u; j < 32u && first + j < params.length; j++) {
        if (first + j < t) { continue; }
        
      var score4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { score4 = fma(queryTile[j * QUADS + quad], key[quad], score4); }
      let score = score4.x + score4.y + score4.z + score4.w;
        
      var slope4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { slope4 = fma(errorTile[j * QUADS + quad], value[quad], slope4); }
      let slope = slope4.x + slope4.y + slope4.z + slope4.w;
        let share = exp(score - logSums[j]);
        let dScore = share * (slope - inners[j]);
        for (var quad = 0u; quad < QUADS; quad++) {
          valueSums[quad] = fma(vec4<f32>(share), errorTile[j * QUADS + quad], valueSums[quad]);
          keySums[quad] = fma(vec4<f32>(dScore), queryTile[j * QUADS + quad], keySums[quad]);
        }
      }
      workgroupBarrier();
    }
  }
  if (t < params.length) {
    for (var quad = 0u; quad < QUADS; quad++) {
      gradientStore(origin, quad, keySums[quad] * params.scale);
      gradientStore(values, quad, valueSums[quad]);
    }
  }
}
