// AttentionGradQ registers 2

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> out: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> delta: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

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
  let own = (vec4<u32>(row * params.length) + kept) * params.heads + head;
  let start = own * 2u;
  
  let q_0x = qkvQuad(origin.x, 0u) * params.scale; let q_0y = qkvQuad(origin.y, 0u) * params.scale; let q_0z = qkvQuad(origin.z, 0u) * params.scale; let q_0w = qkvQuad(origin.w, 0u) * params.scale; let q0 = vec4<f32>(q_0x.x, q_0y.x, q_0z.x, q_0w.x); let q1 = vec4<f32>(q_0x.y, q_0y.y, q_0z.y, q_0w.y);
  
  let e_0x = dyQuad(start.x, 0u); let e_0y = dyQuad(start.y, 0u); let e_0z = dyQuad(start.z, 0u); let e_0w = dyQuad(start.w, 0u); let e0 = vec4<f32>(e_0x.x, e_0y.x, e_0z.x, e_0w.x); let e1 = vec4<f32>(e_0x.y, e_0y.y, e_0z.y, e_0w.y);
  
  let o_0x = outQuad(start.x, 0u); let o_0y = outQuad(start.y, 0u); let o_0z = outQuad(start.z, 0u); let o_0w = outQuad(start.w, 0u); let o0 = vec4<f32>(o_0x.x, o_0y.x, o_0z.x, o_0w.x); let o1 = vec4<f32>(o_0x.y, o_0y.y, o_0z.y, o_0w.y);
  let inner = fma(e1, o1, e0 * o0);
  let logs = vec4<f32>(lse[own.x], lse[own.y], lse[own.z], lse[own.w]);
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>();
  let end = min(t0 + 4u, params.length);
  var at = base + (params.heads + head / group) * 2u;
  for (var j = 0u; j < end; j++) {
    let k0 = qkvQuad(at, 0u);
    let v0 = qkvQuad(at + params.keyHeads * 2u, 0u);
    let share = select(vec4<f32>(), exp(fma(q1, vec4<f32>(k0.y), q0 * vec4<f32>(k0.x)) - logs), t >= vec4<u32>(j));
    let slope = share * (fma(e1, vec4<f32>(v0.y), e0 * vec4<f32>(v0.x)) - inner);
    sum0 = fma(slope, vec4<f32>(k0.x), sum0); sum1 = fma(slope, vec4<f32>(k0.y), sum1);
    at += stride;
  }
  if (t.x < params.length) { delta[own.x] = inner.x; gradientStore(origin.x, 0u, vec4<f32>(sum0.x, sum1.x, 0.0, 0.0) * params.scale); }
  if (t.y < params.length) { delta[own.y] = inner.y; gradientStore(origin.y, 0u, vec4<f32>(sum0.y, sum1.y, 0.0, 0.0) * params.scale); }
  if (t.z < params.length) { delta[own.z] = inner.z; gradientStore(origin.z, 0u, vec4<f32>(sum0.z, sum1.z, 0.0, 0.0) * params.scale); }
  if (t.w < params.length) { delta[own.w] = inner.w; gradientStore(origin.w, 0u, vec4<f32>(sum0.w, sum1.w, 0.0, 0.0) * params.scale); }
}
