// Attention registers 16

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  return qkv[base / 4u + quad];
}
fn outStore(base: u32, quad: u32, value: vec4<f32>) {
  out[base / 4u + quad] = value;
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
  let stride = (params.heads + 2u * params.keyHeads) * 16u;
  let base = row * params.length * stride;
  let kept = min(t, vec4<u32>(params.length - 1u)); // what lies behind the end is computed and not stored
  let origin = vec4<u32>(base + head * 16u) + kept * stride;
  let to = (vec4<u32>(row * params.length) + t) * params.heads + head;
  
  let q_0x = qkvQuad(origin.x, 0u) * params.scale; let q_0y = qkvQuad(origin.y, 0u) * params.scale; let q_0z = qkvQuad(origin.z, 0u) * params.scale; let q_0w = qkvQuad(origin.w, 0u) * params.scale; let q0 = vec4<f32>(q_0x.x, q_0y.x, q_0z.x, q_0w.x); let q1 = vec4<f32>(q_0x.y, q_0y.y, q_0z.y, q_0w.y); let q2 = vec4<f32>(q_0x.z, q_0y.z, q_0z.z, q_0w.z); let q3 = vec4<f32>(q_0x.w, q_0y.w, q_0z.w, q_0w.w);
  let q_1x = qkvQuad(origin.x, 1u) * params.scale; let q_1y = qkvQuad(origin.y, 1u) * params.scale; let q_1z = qkvQuad(origin.z, 1u) * params.scale; let q_1w = qkvQuad(origin.w, 1u) * params.scale; let q4 = vec4<f32>(q_1x.x, q_1y.x, q_1z.x, q_1w.x); let q5 = vec4<f32>(q_1x.y, q_1y.y, q_1z.y, q_1w.y); let q6 = vec4<f32>(q_1x.z, q_1y.z, q_1z.z, q_1w.z); let q7 = vec4<f32>(q_1x.w, q_1y.w, q_1z.w, q_1w.w);
  let q_2x = qkvQuad(origin.x, 2u) * params.scale; let q_2y = qkvQuad(origin.y, 2u) * params.scale; let q_2z = qkvQuad(origin.z, 2u) * params.scale; let q_2w = qkvQuad(origin.w, 2u) * params.scale; let q8 = vec4<f32>(q_2x.x, q_2y.x, q_2z.x, q_2w.x); let q9 = vec4<f32>(q_2x.y, q_2y.y, q_2z.y, q_2w.y); let q10 = vec4<f32>(q_2x.z, q_2y.z, q_2z.z, q_2w.z); let q11 = vec4<f32>(q_2x.w, q_2y.w, q_2z.w, q_2w.w);
  let q_3x = qkvQuad(origin.x, 3u) * params.scale; let q_3y = qkvQuad(origin.y, 3u) * params.scale; let q_3z = qkvQuad(origin.z, 3u) * params.scale; let q_3w = qkvQuad(origin.w, 3u) * params.scale; let q12 = vec4<f32>(q_3x.x, q_3y.x, q_3z.x, q_3w.x); let q13 = vec4<f32>(q_3x.y, q_3y.y, q_3z.y, q_3w.y); let q14 = vec4<f32>(q_3x.z, q_3y.z, q_3z.z, q_3w.z); let q15 = vec4<f32>(q_3x.w, q_3y.w, q_3z.w, q_3w.w);
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>(); var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>(); var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>(); var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  var top = vec4<f32>(-1e30);
  var total = vec4<f32>();
  let end = min(t0 + 4u, params.length);
  var at = base + (params.heads + head / group) * 16u;
  for (var j = 0u; j < end; j++) {
    let k0 = qkvQuad(at, 0u); let k1 = qkvQuad(at, 1u); let k2 = qkvQuad(at, 2u); let k3 = qkvQuad(at, 3u);
    let score = select(vec4<f32>(-1e30), fma(q15, vec4<f32>(k3.w), fma(q14, vec4<f32>(k3.z), fma(q13, vec4<f32>(k3.y), fma(q12, vec4<f32>(k3.x), fma(q11, vec4<f32>(k2.w), fma(q10, vec4<f32>(k2.z), fma(q9, vec4<f32>(k2.y), fma(q8, vec4<f32>(k2.x), fma(q7, vec4<f32>(k1.w), fma(q6, vec4<f32>(k1.z), fma(q5, vec4<f32>(k1.y), fma(q4, vec4<f32>(k1.x), fma(q3, vec4<f32>(k0.w), fma(q2, vec4<f32>(k0.z), fma(q1, vec4<f32>(k0.y), q0 * vec4<f32>(k0.x)))))))))))))))), t >= vec4<u32>(j));
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = fma(total, shrink, share);
    let v0 = qkvQuad(at + params.keyHeads * 16u, 0u); let v1 = qkvQuad(at + params.keyHeads * 16u, 1u); let v2 = qkvQuad(at + params.keyHeads * 16u, 2u); let v3 = qkvQuad(at + params.keyHeads * 16u, 3u);
    sum0 = fma(share, vec4<f32>(v0.x), sum0 * shrink); sum1 = fma(share, vec4<f32>(v0.y), sum1 * shrink); sum2 = fma(share, vec4<f32>(v0.z), sum2 * shrink); sum3 = fma(share, vec4<f32>(v0.w), sum3 * shrink); sum4 = fma(share, vec4<f32>(v1.x), sum4 * shrink); sum5 = fma(share, vec4<f32>(v1.y), sum5 * shrink); sum6 = fma(share, vec4<f32>(v1.z), sum6 * shrink); sum7 = fma(share, vec4<f32>(v1.w), sum7 * shrink); sum8 = fma(share, vec4<f32>(v2.x), sum8 * shrink); sum9 = fma(share, vec4<f32>(v2.y), sum9 * shrink); sum10 = fma(share, vec4<f32>(v2.z), sum10 * shrink); sum11 = fma(share, vec4<f32>(v2.w), sum11 * shrink); sum12 = fma(share, vec4<f32>(v3.x), sum12 * shrink); sum13 = fma(share, vec4<f32>(v3.y), sum13 * shrink); sum14 = fma(share, vec4<f32>(v3.z), sum14 * shrink); sum15 = fma(share, vec4<f32>(v3.w), sum15 * shrink);
    top = next;
    at += stride;
  }
  let inverse = 1.0 / total;
  let logs = top + log(total);
  if (t.x < params.length) { lse[to.x] = logs.x; outStore(to.x * 16u, 0u, vec4<f32>(sum0.x, sum1.x, sum2.x, sum3.x) * inverse.x); outStore(to.x * 16u, 1u, vec4<f32>(sum4.x, sum5.x, sum6.x, sum7.x) * inverse.x); outStore(to.x * 16u, 2u, vec4<f32>(sum8.x, sum9.x, sum10.x, sum11.x) * inverse.x); outStore(to.x * 16u, 3u, vec4<f32>(sum12.x, sum13.x, sum14.x, sum15.x) * inverse.x); }
  if (t.y < params.length) { lse[to.y] = logs.y; outStore(to.y * 16u, 0u, vec4<f32>(sum0.y, sum1.y, sum2.y, sum3.y) * inverse.y); outStore(to.y * 16u, 1u, vec4<f32>(sum4.y, sum5.y, sum6.y, sum7.y) * inverse.y); outStore(to.y * 16u, 2u, vec4<f32>(sum8.y, sum9.y, sum10.y, sum11.y) * inverse.y); outStore(to.y * 16u, 3u, vec4<f32>(sum12.y, sum13.y, sum14.y, sum15.y) * inverse.y); }
  if (t.z < params.length) { lse[to.z] = logs.z; outStore(to.z * 16u, 0u, vec4<f32>(sum0.z, sum1.z, sum2.z, sum3.z) * inverse.z); outStore(to.z * 16u, 1u, vec4<f32>(sum4.z, sum5.z, sum6.z, sum7.z) * inverse.z); outStore(to.z * 16u, 2u, vec4<f32>(sum8.z, sum9.z, sum10.z, sum11.z) * inverse.z); outStore(to.z * 16u, 3u, vec4<f32>(sum12.z, sum13.z, sum14.z, sum15.z) * inverse.z); }
  if (t.w < params.length) { lse[to.w] = logs.w; outStore(to.w * 16u, 0u, vec4<f32>(sum0.w, sum1.w, sum2.w, sum3.w) * inverse.w); outStore(to.w * 16u, 1u, vec4<f32>(sum4.w, sum5.w, sum6.w, sum7.w) * inverse.w); outStore(to.w * 16u, 2u, vec4<f32>(sum8.w, sum9.w, sum10.w, sum11.w) * inverse.w); outStore(to.w * 16u, 3u, vec4<f32>(sum12.w, sum13.w, sum14.w, sum15.w) * inverse.w); }
}
