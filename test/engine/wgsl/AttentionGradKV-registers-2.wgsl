// AttentionGradKV registers 2

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

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

  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let head = i % params.keyHeads;
  let row = i / params.keyHeads % params.sequences;
  let t0 = i / (params.keyHeads * params.sequences) * 4u;
  let t = vec4<u32>(t0, t0 + 1u, t0 + 2u, t0 + 3u);
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * 2u;
  let base = row * params.length * stride;
  let kept = min(t, vec4<u32>(params.length - 1u)); // what lies behind the end is computed and not stored
  let origin = vec4<u32>(base + (params.heads + head) * 2u) + kept * stride;
  let values = origin + params.keyHeads * 2u;
  
  let k_0x = qkvQuad(origin.x, 0u) * params.scale; let k_0y = qkvQuad(origin.y, 0u) * params.scale; let k_0z = qkvQuad(origin.z, 0u) * params.scale; let k_0w = qkvQuad(origin.w, 0u) * params.scale; let k0 = vec4<f32>(k_0x.x, k_0y.x, k_0z.x, k_0w.x); let k1 = vec4<f32>(k_0x.y, k_0y.y, k_0z.y, k_0w.y);
  
  let v_0x = qkvQuad(values.x, 0u); let v_0y = qkvQuad(values.y, 0u); let v_0z = qkvQuad(values.z, 0u); let v_0w = qkvQuad(values.w, 0u); let v0 = vec4<f32>(v_0x.x, v_0y.x, v_0z.x, v_0w.x); let v1 = vec4<f32>(v_0x.y, v_0y.y, v_0z.y, v_0w.y);
  var dk0 = vec4<f32>(); var dk1 = vec4<f32>();
  var dv0 = vec4<f32>(); var dv1 = vec4<f32>();
  for (var other = head * group; other < (head + 1u) * group; other++) {
    for (var j = t0; j < params.length; j++) {
      let own = (row * params.length + j) * params.heads + other;
      let q0 = qkvQuad(base + j * stride + other * 2u, 0u);
      let e0 = dyQuad(own * 2u, 0u);
      let share = select(vec4<f32>(), exp(fma(k1, vec4<f32>(q0.y), k0 * vec4<f32>(q0.x)) - lse[own]), t <= vec4<u32>(j));
      let slope = share * (fma(v1, vec4<f32>(e0.y), v0 * vec4<f32>(e0.x)) - delta[own]);
      dv0 = fma(share, vec4<f32>(e0.x), dv0); dv1 = fma(share, vec4<f32>(e0.y), dv1);
      dk0 = fma(slope, vec4<f32>(q0.x), dk0); dk1 = fma(slope, vec4<f32>(q0.y), dk1);
    }
  }
  if (t.x < params.length) {  gradientStore(origin.x, 0u, vec4<f32>(dk0.x, dk1.x, 0.0, 0.0) * params.scale); }
  if (t.y < params.length) {  gradientStore(origin.y, 0u, vec4<f32>(dk0.y, dk1.y, 0.0, 0.0) * params.scale); }
  if (t.z < params.length) {  gradientStore(origin.z, 0u, vec4<f32>(dk0.z, dk1.z, 0.0, 0.0) * params.scale); }
  if (t.w < params.length) {  gradientStore(origin.w, 0u, vec4<f32>(dk0.w, dk1.w, 0.0, 0.0) * params.scale); }
  if (t.x < params.length) {  gradientStore(values.x, 0u, vec4<f32>(dv0.x, dv1.x, 0.0, 0.0) * 1.0); }
  if (t.y < params.length) {  gradientStore(values.y, 0u, vec4<f32>(dv0.y, dv1.y, 0.0, 0.0) * 1.0); }
  if (t.z < params.length) {  gradientStore(values.z, 0u, vec4<f32>(dv0.z, dv1.z, 0.0, 0.0) * 1.0); }
  if (t.w < params.length) {  gradientStore(values.w, 0u, vec4<f32>(dv0.w, dv1.w, 0.0, 0.0) * 1.0); }
}
