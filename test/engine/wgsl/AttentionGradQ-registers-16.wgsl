// AttentionGradQ registers 16

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> delta: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  return qkv[base / 4u + quad];
}
fn outQuad(base: u32, quad: u32) -> vec4<f32> {
  return out[base / 4u + quad];
}
fn dyQuad(base: u32, quad: u32) -> vec4<f32> {
  return dy[base / 4u + quad];
}
fn gradientStore(base: u32, quad: u32, value: vec4<f32>) {
  gradient[base / 4u + quad] = value;
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
  let own = (vec4<u32>(row * params.length) + kept) * params.heads + head;
  let start = own * 16u;
  
  let q_0x = qkvQuad(origin.x, 0u) * params.scale; let q_0y = qkvQuad(origin.y, 0u) * params.scale; let q_0z = qkvQuad(origin.z, 0u) * params.scale; let q_0w = qkvQuad(origin.w, 0u) * params.scale; let q0 = vec4<f32>(q_0x.x, q_0y.x, q_0z.x, q_0w.x); let q1 = vec4<f32>(q_0x.y, q_0y.y, q_0z.y, q_0w.y); let q2 = vec4<f32>(q_0x.z, q_0y.z, q_0z.z, q_0w.z); let q3 = vec4<f32>(q_0x.w, q_0y.w, q_0z.w, q_0w.w);
  let q_1x = qkvQuad(origin.x, 1u) * params.scale; let q_1y = qkvQuad(origin.y, 1u) * params.scale; let q_1z = qkvQuad(origin.z, 1u) * params.scale; let q_1w = qkvQuad(origin.w, 1u) * params.scale; let q4 = vec4<f32>(q_1x.x, q_1y.x, q_1z.x, q_1w.x); let q5 = vec4<f32>(q_1x.y, q_1y.y, q_1z.y, q_1w.y); let q6 = vec4<f32>(q_1x.z, q_1y.z, q_1z.z, q_1w.z); let q7 = vec4<f32>(q_1x.w, q_1y.w, q_1z.w, q_1w.w);
  let q_2x = qkvQuad(origin.x, 2u) * params.scale; let q_2y = qkvQuad(origin.y, 2u) * params.scale; let q_2z = qkvQuad(origin.z, 2u) * params.scale; let q_2w = qkvQuad(origin.w, 2u) * params.scale; let q8 = vec4<f32>(q_2x.x, q_2y.x, q_2z.x, q_2w.x); let q9 = vec4<f32>(q_2x.y, q_2y.y, q_2z.y, q_2w.y); let q10 = vec4<f32>(q_2x.z, q_2y.z, q_2z.z, q_2w.z); let q11 = vec4<f32>(q_2x.w, q_2y.w, q_2z.w, q_2w.w);
  let q_3x = qkvQuad(origin.x, 3u) * params.scale; let q_3y = qkvQuad(origin.y, 3u) * params.scale; let q_3z = qkvQuad(origin.z, 3u) * params.scale; let q_3w = qkvQuad(origin.w, 3u) * params.scale; let q12 = vec4<f32>(q_3x.x, q_3y.x, q_3z.x, q_3w.x); let q13 = vec4<f32>(q_3x.y, q_3y.y, q_3z.y, q_3w.y); let q14 = vec4<f32>(q_3x.z, q_3y.z, q_3z.z, q_3w.z); let q15 = vec4<f32>(q_3x.w, q_3y.w, q_3z.w, q_3w.w);
  
  let e_0x = dyQuad(start.x, 0u); let e_0y = dyQuad(start.y, 0u); let e_0z = dyQuad(start.z, 0u); let e_0w = dyQuad(start.w, 0u); let e0 = vec4<f32>(e_0x.x, e_0y.x, e_0z.x, e_0w.x); let e1 = vec4<f32>(e_0x.y, e_0y.y, e_0z.y, e_0w.y); let e2 = vec4<f32>(e_0x.z, e_0y.z, e_0z.z, e_0w.z); let e3 = vec4<f32>(e_0x.w, e_0y.w, e_0z.w, e_0w.w);
  let e_1x = dyQuad(start.x, 1u); let e_1y = dyQuad(start.y, 1u); let e_1z = dyQuad(start.z, 1u); let e_1w = dyQuad(start.w, 1u); let e4 = vec4<f32>(e_1x.x, e_1y.x, e_1z.x, e_1w.x); let e5 = vec4<f32>(e_1x.y, e_1y.y, e_1z.y, e_1w.y); let e6 = vec4<f32>(e_1x.z, e_1y.z, e_1z.z, e_1w.z); let e7 = vec4<f32>(e_1x.w, e_1y.w, e_1z.w, e_1w.w);
  let e_2x = dyQuad(start.x, 2u); let e_2y = dyQuad(start.y, 2u); let e_2z = dyQuad(start.z, 2u); let e_2w = dyQuad(start.w, 2u); let e8 = vec4<f32>(e_2x.x, e_2y.x, e_2z.x, e_2w.x); let e9 = vec4<f32>(e_2x.y, e_2y.y, e_2z.y, e_2w.y); let e10 = vec4<f32>(e_2x.z, e_2y.z, e_2z.z, e_2w.z); let e11 = vec4<f32>(e_2x.w, e_2y.w, e_2z.w, e_2w.w);
  let e_3x = dyQuad(start.x, 3u); let e_3y = dyQuad(start.y, 3u); let e_3z = dyQuad(start.z, 3u); let e_3w = dyQuad(start.w, 3u); let e12 = vec4<f32>(e_3x.x, e_3y.x, e_3z.x, e_3w.x); let e13 = vec4<f32>(e_3x.y, e_3y.y, e_3z.y, e_3w.y); let e14 = vec4<f32>(e_3x.z, e_3y.z, e_3z.z, e_3w.z); let e15 = vec4<f32>(e_3x.w, e_3y.w, e_3z.w, e_3w.w);
  
  let o_0x = outQuad(start.x, 0u); let o_0y = outQuad(start.y, 0u); let o_0z = outQuad(start.z, 0u); let o_0w = outQuad(start.w, 0u); let o0 = vec4<f32>(o_0x.x, o_0y.x, o_0z.x, o_0w.x); let o1 = vec4<f32>(o_0x.y, o_0y.y, o_0z.y, o_0w.y); let o2 = vec4<f32>(o_0x.z, o_0y.z, o_0z.z, o_0w.z); let o3 = vec4<f32>(o_0x.w, o_0y.w, o_0z.w, o_0w.w);
  let o_1x = outQuad(start.x, 1u); let o_1y = outQuad(start.y, 1u); let o_1z = outQuad(start.z, 1u); let o_1w = outQuad(start.w, 1u); let o4 = vec4<f32>(o_1x.x, o_1y.x, o_1z.x, o_1w.x); let o5 = vec4<f32>(o_1x.y, o_1y.y, o_1z.y, o_1w.y); let o6 = vec4<f32>(o_1x.z, o_1y.z, o_1z.z, o_1w.z); let o7 = vec4<f32>(o_1x.w, o_1y.w, o_1z.w, o_1w.w);
  let o_2x = outQuad(start.x, 2u); let o_2y = outQuad(start.y, 2u); let o_2z = outQuad(start.z, 2u); let o_2w = outQuad(start.w, 2u); let o8 = vec4<f32>(o_2x.x, o_2y.x, o_2z.x, o_2w.x); let o9 = vec4<f32>(o_2x.y, o_2y.y, o_2z.y, o_2w.y); let o10 = vec4<f32>(o_2x.z, o_2y.z, o_2z.z, o_2w.z); let o11 = vec4<f32>(o_2x.w, o_2y.w, o_2z.w, o_2w.w);
  let o_3x = outQuad(start.x, 3u); let o_3y = outQuad(start.y, 3u); let o_3z = outQuad(start.z, 3u); let o_3w = outQuad(start.w, 3u); let o12 = vec4<f32>(o_3x.x, o_3y.x, o_3z.x, o_3w.x); let o13 = vec4<f32>(o_3x.y, o_3y.y, o_3z.y, o_3w.y); let o14 = vec4<f32>(o_3x.z, o_3y.z, o_3z.z, o_3w.z); let o15 = vec4<f32>(o_3x.w, o_3y.w, o_3z.w, o_3w.w);
  let inner = fma(e15, o15, fma(e14, o14, fma(e13, o13, fma(e12, o12, fma(e11, o11, fma(e10, o10, fma(e9, o9, fma(e8, o8, fma(e7, o7, fma(e6, o6, fma(e5, o5, fma(e4, o4, fma(e3, o3, fma(e2, o2, fma(e1, o1, e0 * o0)))))))))))))));
  let logs = vec4<f32>(lse[own.x], lse[own.y], lse[own.z], lse[own.w]);
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>(); var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>(); var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>(); var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  let end = min(t0 + 4u, params.length);
  var at = base + (params.heads + head / group) * 16u;
  for (var j = 0u; j < end; j++) {
    let k0 = qkvQuad(at, 0u); let k1 = qkvQuad(at, 1u); let k2 = qkvQuad(at, 2u); let k3 = qkvQuad(at, 3u);
    let v0 = qkvQuad(at + params.keyHeads * 16u, 0u); let v1 = qkvQuad(at + params.keyHeads * 16u, 1u); let v2 = qkvQuad(at + params.keyHeads * 16u, 2u); let v3 = qkvQuad(at + params.keyHeads * 16u, 3u);
    let share = select(vec4<f32>(), exp(fma(q15, vec4<f32>(k3.w), fma(q14, vec4<f32>(k3.z), fma(q13, vec4<f32>(k3.y), fma(q12, vec4<f32>(k3.x), fma(q11, vec4<f32>(k2.w), fma(q10, vec4<f32>(k2.z), fma(q9, vec4<f32>(k2.y), fma(q8, vec4<f32>(k2.x), fma(q7, vec4<f32>(k1.w), fma(q6, vec4<f32>(k1.z), fma(q5, vec4<f32>(k1.y), fma(q4, vec4<f32>(k1.x), fma(q3, vec4<f32>(k0.w), fma(q2, vec4<f32>(k0.z), fma(q1, vec4<f32>(k0.y), q0 * vec4<f32>(k0.x)))))))))))))))) - logs), t >= vec4<u32>(j));
    let slope = share * (fma(e15, vec4<f32>(v3.w), fma(e14, vec4<f32>(v3.z), fma(e13, vec4<f32>(v3.y), fma(e12, vec4<f32>(v3.x), fma(e11, vec4<f32>(v2.w), fma(e10, vec4<f32>(v2.z), fma(e9, vec4<f32>(v2.y), fma(e8, vec4<f32>(v2.x), fma(e7, vec4<f32>(v1.w), fma(e6, vec4<f32>(v1.z), fma(e5, vec4<f32>(v1.y), fma(e4, vec4<f32>(v1.x), fma(e3, vec4<f32>(v0.w), fma(e2, vec4<f32>(v0.z), fma(e1, vec4<f32>(v0.y), e0 * vec4<f32>(v0.x)))))))))))))))) - inner);
    sum0 = fma(slope, vec4<f32>(k0.x), sum0); sum1 = fma(slope, vec4<f32>(k0.y), sum1); sum2 = fma(slope, vec4<f32>(k0.z), sum2); sum3 = fma(slope, vec4<f32>(k0.w), sum3); sum4 = fma(slope, vec4<f32>(k1.x), sum4); sum5 = fma(slope, vec4<f32>(k1.y), sum5); sum6 = fma(slope, vec4<f32>(k1.z), sum6); sum7 = fma(slope, vec4<f32>(k1.w), sum7); sum8 = fma(slope, vec4<f32>(k2.x), sum8); sum9 = fma(slope, vec4<f32>(k2.y), sum9); sum10 = fma(slope, vec4<f32>(k2.z), sum10); sum11 = fma(slope, vec4<f32>(k2.w), sum11); sum12 = fma(slope, vec4<f32>(k3.x), sum12); sum13 = fma(slope, vec4<f32>(k3.y), sum13); sum14 = fma(slope, vec4<f32>(k3.z), sum14); sum15 = fma(slope, vec4<f32>(k3.w), sum15);
    at += stride;
  }
  if (t.x < params.length) { delta[own.x] = inner.x; gradientStore(origin.x, 0u, vec4<f32>(sum0.x, sum1.x, sum2.x, sum3.x) * params.scale); gradientStore(origin.x, 1u, vec4<f32>(sum4.x, sum5.x, sum6.x, sum7.x) * params.scale); gradientStore(origin.x, 2u, vec4<f32>(sum8.x, sum9.x, sum10.x, sum11.x) * params.scale); gradientStore(origin.x, 3u, vec4<f32>(sum12.x, sum13.x, sum14.x, sum15.x) * params.scale); }
  if (t.y < params.length) { delta[own.y] = inner.y; gradientStore(origin.y, 0u, vec4<f32>(sum0.y, sum1.y, sum2.y, sum3.y) * params.scale); gradientStore(origin.y, 1u, vec4<f32>(sum4.y, sum5.y, sum6.y, sum7.y) * params.scale); gradientStore(origin.y, 2u, vec4<f32>(sum8.y, sum9.y, sum10.y, sum11.y) * params.scale); gradientStore(origin.y, 3u, vec4<f32>(sum12.y, sum13.y, sum14.y, sum15.y) * params.scale); }
  if (t.z < params.length) { delta[own.z] = inner.z; gradientStore(origin.z, 0u, vec4<f32>(sum0.z, sum1.z, sum2.z, sum3.z) * params.scale); gradientStore(origin.z, 1u, vec4<f32>(sum4.z, sum5.z, sum6.z, sum7.z) * params.scale); gradientStore(origin.z, 2u, vec4<f32>(sum8.z, sum9.z, sum10.z, sum11.z) * params.scale); gradientStore(origin.z, 3u, vec4<f32>(sum12.z, sum13.z, sum14.z, sum15.z) * params.scale); }
  if (t.w < params.length) { delta[own.w] = inner.w; gradientStore(origin.w, 0u, vec4<f32>(sum0.w, sum1.w, sum2.w, sum3.w) * params.scale); gradientStore(origin.w, 1u, vec4<f32>(sum4.w, sum5.w, sum6.w, sum7.w) * params.scale); gradientStore(origin.w, 2u, vec4<f32>(sum8.w, sum9.w, sum10.w, sum11.w) * params.scale); gradientStore(origin.w, 3u, vec4<f32>(sum12.w, sum13.w, sum14.w, sum15.w) * params.scale); }
}
