// TreeAttention 16 registers

struct Params { blocks: u32, size: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> kv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> paths: array<i32>;
@group(0) @binding(3) var<storage, read> places: array<i32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

const WIDTH = 16u;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  return qkv[base / 4u + quad];
}
fn kvQuad(base: u32, quad: u32) -> vec4<f32> {
  return kv[base / 4u + quad];
}
fn yStore(base: u32, quad: u32, value: vec4<f32>) {
  y[base / 4u + quad] = value;
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let item = block * 64u + lane;
  if (item >= params.size) { return; }
  
  let head = item % params.heads;
  let token = item / params.heads;
  let queryAt = token * (params.heads + 2u * params.keyHeads) * WIDTH + head * WIDTH;
  let stride = 2u * params.keyHeads * WIDTH;
  let base = head / (params.heads / params.keyHeads) * WIDTH;
  let toValues = params.keyHeads * WIDTH;
  let path = u32(places[2u * token]);
  let seen = u32(places[2u * token + 1u]);
  let query0 = qkvQuad(queryAt, 0u) * params.scale; let query1 = qkvQuad(queryAt, 1u) * params.scale; let query2 = qkvQuad(queryAt, 2u) * params.scale; let query3 = qkvQuad(queryAt, 3u) * params.scale;
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  var total = 0.0;
  var top = -1e30;
  for (var position = 0u; position < seen; position++) {
    let key = base + u32(paths[path + position]) * stride;
    let products = fma(query3, kvQuad(key, 3u), fma(query2, kvQuad(key, 2u), fma(query1, kvQuad(key, 1u), query0 * kvQuad(key, 0u))));
    let score = products.x + products.y + products.z + products.w;
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = total * shrink + share;
    sum0 = fma(vec4<f32>(share), kvQuad(key + toValues, 0u), sum0 * shrink); sum1 = fma(vec4<f32>(share), kvQuad(key + toValues, 1u), sum1 * shrink); sum2 = fma(vec4<f32>(share), kvQuad(key + toValues, 2u), sum2 * shrink); sum3 = fma(vec4<f32>(share), kvQuad(key + toValues, 3u), sum3 * shrink);
    top = next;
  }
  let inverse = 1.0 / max(total, 1e-30);
  yStore(item * WIDTH, 0u, sum0 * inverse); yStore(item * WIDTH, 1u, sum1 * inverse); yStore(item * WIDTH, 2u, sum2 * inverse); yStore(item * WIDTH, 3u, sum3 * inverse);
}
