// Attention registers 2

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

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

  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let head = i % params.heads;
  let row = i / params.heads % params.sequences;
  let t0 = i / (params.heads * params.sequences) * 4u;
  let t = vec4<u32>(t0, t0 + 1u, t0 + 2u, t0 + 3u);
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * 2u;
  let base = row * params.length * stride;
  let kept = min(t, vec4<u32>(params.length - 1u)); // what lies behind the end is computed and not stored
  let origin = vec4<u32>(base + head * 2u) + kept * stride;
  let to = (vec4<u32>(row * params.length) + t) * params.heads + head;
  
  let q_0x = qkvQuad(origin.x, 0u) * params.scale; let q_0y = qkvQuad(origin.y, 0u) * params.scale; let q_0z = qkvQuad(origin.z, 0u) * params.scale; let q_0w = qkvQuad(origin.w, 0u) * params.scale; let q0 = vec4<f32>(q_0x.x, q_0y.x, q_0z.x, q_0w.x); let q1 = vec4<f32>(q_0x.y, q_0y.y, q_0z.y, q_0w.y);
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>();
  var top = vec4<f32>(-1e30);
  var total = vec4<f32>();
  let end = min(t0 + 4u, params.length);
  var at = base + (params.heads + head / group) * 2u;
  for (var j = 0u; j < end; j++) {
    let k0 = qkvQuad(at, 0u);
    let score = select(vec4<f32>(-1e30), fma(q1, vec4<f32>(k0.y), q0 * vec4<f32>(k0.x)), t >= vec4<u32>(j));
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = fma(total, shrink, share);
    let v0 = qkvQuad(at + params.keyHeads * 2u, 0u);
    sum0 = fma(share, vec4<f32>(v0.x), sum0 * shrink); sum1 = fma(share, vec4<f32>(v0.y), sum1 * shrink);
    top = next;
    at += stride;
  }
  let inverse = 1.0 / total;
  let logs = top + log(total);
  if (t.x < params.length) { lse[to.x] = logs.x; outStore(to.x * 2u, 0u, vec4<f32>(sum0.x, sum1.x, 0.0, 0.0) * inverse.x); }
  if (t.y < params.length) { lse[to.y] = logs.y; outStore(to.y * 2u, 0u, vec4<f32>(sum0.y, sum1.y, 0.0, 0.0) * inverse.y); }
  if (t.z < params.length) { lse[to.z] = logs.z; outStore(to.z * 2u, 0u, vec4<f32>(sum0.z, sum1.z, 0.0, 0.0) * inverse.z); }
  if (t.w < params.length) { lse[to.w] = logs.w; outStore(to.w * 2u, 0u, vec4<f32>(sum0.w, sum1.w, 0.0, 0.0) * inverse.w); }
}
