// AttentionGradKV registers 16

struct Params { blocks: u32, size: u32, sequences: u32, length: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  return qkv[base / 4u + quad];
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
  let head = i % params.keyHeads;
  let row = i / params.keyHeads % params.sequences;
  let t0 = i / (params.keyHeads * params.sequences) * 4u;
  let t = vec4<u32>(t0, t0 + 1u, t0 + 2u, t0 + 3u);
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * 16u;
  let base = row * params.length * stride;
  let kept = min(t, vec4<u32>(params.length - 1u)); // what lies behind the end is computed and not stored
  let origin = vec4<u32>(base + (params.heads + head) * 16u) + kept * stride;
  let values = origin + params.keyHeads * 16u;
  
  let k_0x = qkvQuad(origin.x, 0u) * params.scale; let k_0y = qkvQuad(origin.y, 0u) * params.scale; let k_0z = qkvQuad(origin.z, 0u) * params.scale; let k_0w = qkvQuad(origin.w, 0u) * params.scale; let k0 = vec4<f32>(k_0x.x, k_0y.x, k_0z.x, k_0w.x); let k1 = vec4<f32>(k_0x.y, k_0y.y, k_0z.y, k_0w.y); let k2 = vec4<f32>(k_0x.z, k_0y.z, k_0z.z, k_0w.z); let k3 = vec4<f32>(k_0x.w, k_0y.w, k_0z.w, k_0w.w);
  let k_1x = qkvQuad(origin.x, 1u) * params.scale; let k_1y = qkvQuad(origin.y, 1u) * params.scale; let k_1z = qkvQuad(origin.z, 1u) * params.scale; let k_1w = qkvQuad(origin.w, 1u) * params.scale; let k4 = vec4<f32>(k_1x.x, k_1y.x, k_1z.x, k_1w.x); let k5 = vec4<f32>(k_1x.y, k_1y.y, k_1z.y, k_1w.y); let k6 = vec4<f32>(k_1x.z, k_1y.z, k_1z.z, k_1w.z); let k7 = vec4<f32>(k_1x.w, k_1y.w, k_1z.w, k_1w.w);
  let k_2x = qkvQuad(origin.x, 2u) * params.scale; let k_2y = qkvQuad(origin.y, 2u) * params.scale; let k_2z = qkvQuad(origin.z, 2u) * params.scale; let k_2w = qkvQuad(origin.w, 2u) * params.scale; let k8 = vec4<f32>(k_2x.x, k_2y.x, k_2z.x, k_2w.x); let k9 = vec4<f32>(k_2x.y, k_2y.y, k_2z.y, k_2w.y); let k10 = vec4<f32>(k_2x.z, k_2y.z, k_2z.z, k_2w.z); let k11 = vec4<f32>(k_2x.w, k_2y.w, k_2z.w, k_2w.w);
  let k_3x = qkvQuad(origin.x, 3u) * params.scale; let k_3y = qkvQuad(origin.y, 3u) * params.scale; let k_3z = qkvQuad(origin.z, 3u) * params.scale; let k_3w = qkvQuad(origin.w, 3u) * params.scale; let k12 = vec4<f32>(k_3x.x, k_3y.x, k_3z.x, k_3w.x); let k13 = vec4<f32>(k_3x.y, k_3y.y, k_3z.y, k_3w.y); let k14 = vec4<f32>(k_3x.z, k_3y.z, k_3z.z, k_3w.z); let k15 = vec4<f32>(k_3x.w, k_3y.w, k_3z.w, k_3w.w);
  
  let v_0x = qkvQuad(values.x, 0u); let v_0y = qkvQuad(values.y, 0u); let v_0z = qkvQuad(values.z, 0u); let v_0w = qkvQuad(values.w, 0u); let v0 = vec4<f32>(v_0x.x, v_0y.x, v_0z.x, v_0w.x); let v1 = vec4<f32>(v_0x.y, v_0y.y, v_0z.y, v_0w.y); let v2 = vec4<f32>(v_0x.z, v_0y.z, v_0z.z, v_0w.z); let v3 = vec4<f32>(v_0x.w, v_0y.w, v_0z.w, v_0w.w);
  let v_1x = qkvQuad(values.x, 1u); let v_1y = qkvQuad(values.y, 1u); let v_1z = qkvQuad(values.z, 1u); let v_1w = qkvQuad(values.w, 1u); let v4 = vec4<f32>(v_1x.x, v_1y.x, v_1z.x, v_1w.x); let v5 = vec4<f32>(v_1x.y, v_1y.y, v_1z.y, v_1w.y); let v6 = vec4<f32>(v_1x.z, v_1y.z, v_1z.z, v_1w.z); let v7 = vec4<f32>(v_1x.w, v_1y.w, v_1z.w, v_1w.w);
  let v_2x = qkvQuad(values.x, 2u); let v_2y = qkvQuad(values.y, 2u); let v_2z = qkvQuad(values.z, 2u); let v_2w = qkvQuad(values.w, 2u); let v8 = vec4<f32>(v_2x.x, v_2y.x, v_2z.x, v_2w.x); let v9 = vec4<f32>(v_2x.y, v_2y.y, v_2z.y, v_2w.y); let v10 = vec4<f32>(v_2x.z, v_2y.z, v_2z.z, v_2w.z); let v11 = vec4<f32>(v_2x.w, v_2y.w, v_2z.w, v_2w.w);
  let v_3x = qkvQuad(values.x, 3u); let v_3y = qkvQuad(values.y, 3u); let v_3z = qkvQuad(values.z, 3u); let v_3w = qkvQuad(values.w, 3u); let v12 = vec4<f32>(v_3x.x, v_3y.x, v_3z.x, v_3w.x); let v13 = vec4<f32>(v_3x.y, v_3y.y, v_3z.y, v_3w.y); let v14 = vec4<f32>(v_3x.z, v_3y.z, v_3z.z, v_3w.z); let v15 = vec4<f32>(v_3x.w, v_3y.w, v_3z.w, v_3w.w);
  var dk0 = vec4<f32>(); var dk1 = vec4<f32>(); var dk2 = vec4<f32>(); var dk3 = vec4<f32>(); var dk4 = vec4<f32>(); var dk5 = vec4<f32>(); var dk6 = vec4<f32>(); var dk7 = vec4<f32>(); var dk8 = vec4<f32>(); var dk9 = vec4<f32>(); var dk10 = vec4<f32>(); var dk11 = vec4<f32>(); var dk12 = vec4<f32>(); var dk13 = vec4<f32>(); var dk14 = vec4<f32>(); var dk15 = vec4<f32>();
  var dv0 = vec4<f32>(); var dv1 = vec4<f32>(); var dv2 = vec4<f32>(); var dv3 = vec4<f32>(); var dv4 = vec4<f32>(); var dv5 = vec4<f32>(); var dv6 = vec4<f32>(); var dv7 = vec4<f32>(); var dv8 = vec4<f32>(); var dv9 = vec4<f32>(); var dv10 = vec4<f32>(); var dv11 = vec4<f32>(); var dv12 = vec4<f32>(); var dv13 = vec4<f32>(); var dv14 = vec4<f32>(); var dv15 = vec4<f32>();
  for (var other = head * group; other < (head + 1u) * group; other++) {
    for (var j = t0; j < params.length; j++) {
      let own = (row * params.length + j) * params.heads + other;
      let q0 = qkvQuad(base + j * stride + other * 16u, 0u); let q1 = qkvQuad(base + j * stride + other * 16u, 1u); let q2 = qkvQuad(base + j * stride + other * 16u, 2u); let q3 = qkvQuad(base + j * stride + other * 16u, 3u);
      let e0 = dyQuad(own * 16u, 0u); let e1 = dyQuad(own * 16u, 1u); let e2 = dyQuad(own * 16u, 2u); let e3 = dyQuad(own * 16u, 3u);
      let share = select(vec4<f32>(), exp(fma(k15, vec4<f32>(q3.w), fma(k14, vec4<f32>(q3.z), fma(k13, vec4<f32>(q3.y), fma(k12, vec4<f32>(q3.x), fma(k11, vec4<f32>(q2.w), fma(k10, vec4<f32>(q2.z), fma(k9, vec4<f32>(q2.y), fma(k8, vec4<f32>(q2.x), fma(k7, vec4<f32>(q1.w), fma(k6, vec4<f32>(q1.z), fma(k5, vec4<f32>(q1.y), fma(k4, vec4<f32>(q1.x), fma(k3, vec4<f32>(q0.w), fma(k2, vec4<f32>(q0.z), fma(k1, vec4<f32>(q0.y), k0 * vec4<f32>(q0.x)))))))))))))))) - lse[own]), t <= vec4<u32>(j));
      let slope = share * (fma(v15, vec4<f32>(e3.w), fma(v14, vec4<f32>(e3.z), fma(v13, vec4<f32>(e3.y), fma(v12, vec4<f32>(e3.x), fma(v11, vec4<f32>(e2.w), fma(v10, vec4<f32>(e2.z), fma(v9, vec4<f32>(e2.y), fma(v8, vec4<f32>(e2.x), fma(v7, vec4<f32>(e1.w), fma(v6, vec4<f32>(e1.z), fma(v5, vec4<f32>(e1.y), fma(v4, vec4<f32>(e1.x), fma(v3, vec4<f32>(e0.w), fma(v2, vec4<f32>(e0.z), fma(v1, vec4<f32>(e0.y), v0 * vec4<f32>(e0.x)))))))))))))))) - delta[own]);
      dv0 = fma(share, vec4<f32>(e0.x), dv0); dv1 = fma(share, vec4<f32>(e0.y), dv1); dv2 = fma(share, vec4<f32>(e0.z), dv2); dv3 = fma(share, vec4<f32>(e0.w), dv3); dv4 = fma(share, vec4<f32>(e1.x), dv4); dv5 = fma(share, vec4<f32>(e1.y), dv5); dv6 = fma(share, vec4<f32>(e1.z), dv6); dv7 = fma(share, vec4<f32>(e1.w), dv7); dv8 = fma(share, vec4<f32>(e2.x), dv8); dv9 = fma(share, vec4<f32>(e2.y), dv9); dv10 = fma(share, vec4<f32>(e2.z), dv10); dv11 = fma(share, vec4<f32>(e2.w), dv11); dv12 = fma(share, vec4<f32>(e3.x), dv12); dv13 = fma(share, vec4<f32>(e3.y), dv13); dv14 = fma(share, vec4<f32>(e3.z), dv14); dv15 = fma(share, vec4<f32>(e3.w), dv15);
      dk0 = fma(slope, vec4<f32>(q0.x), dk0); dk1 = fma(slope, vec4<f32>(q0.y), dk1); dk2 = fma(slope, vec4<f32>(q0.z), dk2); dk3 = fma(slope, vec4<f32>(q0.w), dk3); dk4 = fma(slope, vec4<f32>(q1.x), dk4); dk5 = fma(slope, vec4<f32>(q1.y), dk5); dk6 = fma(slope, vec4<f32>(q1.z), dk6); dk7 = fma(slope, vec4<f32>(q1.w), dk7); dk8 = fma(slope, vec4<f32>(q2.x), dk8); dk9 = fma(slope, vec4<f32>(q2.y), dk9); dk10 = fma(slope, vec4<f32>(q2.z), dk10); dk11 = fma(slope, vec4<f32>(q2.w), dk11); dk12 = fma(slope, vec4<f32>(q3.x), dk12); dk13 = fma(slope, vec4<f32>(q3.y), dk13); dk14 = fma(slope, vec4<f32>(q3.z), dk14); dk15 = fma(slope, vec4<f32>(q3.w), dk15);
    }
  }
  if (t.x < params.length) {  gradientStore(origin.x, 0u, vec4<f32>(dk0.x, dk1.x, dk2.x, dk3.x) * params.scale); gradientStore(origin.x, 1u, vec4<f32>(dk4.x, dk5.x, dk6.x, dk7.x) * params.scale); gradientStore(origin.x, 2u, vec4<f32>(dk8.x, dk9.x, dk10.x, dk11.x) * params.scale); gradientStore(origin.x, 3u, vec4<f32>(dk12.x, dk13.x, dk14.x, dk15.x) * params.scale); }
  if (t.y < params.length) {  gradientStore(origin.y, 0u, vec4<f32>(dk0.y, dk1.y, dk2.y, dk3.y) * params.scale); gradientStore(origin.y, 1u, vec4<f32>(dk4.y, dk5.y, dk6.y, dk7.y) * params.scale); gradientStore(origin.y, 2u, vec4<f32>(dk8.y, dk9.y, dk10.y, dk11.y) * params.scale); gradientStore(origin.y, 3u, vec4<f32>(dk12.y, dk13.y, dk14.y, dk15.y) * params.scale); }
  if (t.z < params.length) {  gradientStore(origin.z, 0u, vec4<f32>(dk0.z, dk1.z, dk2.z, dk3.z) * params.scale); gradientStore(origin.z, 1u, vec4<f32>(dk4.z, dk5.z, dk6.z, dk7.z) * params.scale); gradientStore(origin.z, 2u, vec4<f32>(dk8.z, dk9.z, dk10.z, dk11.z) * params.scale); gradientStore(origin.z, 3u, vec4<f32>(dk12.z, dk13.z, dk14.z, dk15.z) * params.scale); }
  if (t.w < params.length) {  gradientStore(origin.w, 0u, vec4<f32>(dk0.w, dk1.w, dk2.w, dk3.w) * params.scale); gradientStore(origin.w, 1u, vec4<f32>(dk4.w, dk5.w, dk6.w, dk7.w) * params.scale); gradientStore(origin.w, 2u, vec4<f32>(dk8.w, dk9.w, dk10.w, dk11.w) * params.scale); gradientStore(origin.w, 3u, vec4<f32>(dk12.w, dk13.w, dk14.w, dk15.w) * params.scale); }
  if (t.x < params.length) {  gradientStore(values.x, 0u, vec4<f32>(dv0.x, dv1.x, dv2.x, dv3.x) * 1.0); gradientStore(values.x, 1u, vec4<f32>(dv4.x, dv5.x, dv6.x, dv7.x) * 1.0); gradientStore(values.x, 2u, vec4<f32>(dv8.x, dv9.x, dv10.x, dv11.x) * 1.0); gradientStore(values.x, 3u, vec4<f32>(dv12.x, dv13.x, dv14.x, dv15.x) * 1.0); }
  if (t.y < params.length) {  gradientStore(values.y, 0u, vec4<f32>(dv0.y, dv1.y, dv2.y, dv3.y) * 1.0); gradientStore(values.y, 1u, vec4<f32>(dv4.y, dv5.y, dv6.y, dv7.y) * 1.0); gradientStore(values.y, 2u, vec4<f32>(dv8.y, dv9.y, dv10.y, dv11.y) * 1.0); gradientStore(values.y, 3u, vec4<f32>(dv12.y, dv13.y, dv14.y, dv15.y) * 1.0); }
  if (t.z < params.length) {  gradientStore(values.z, 0u, vec4<f32>(dv0.z, dv1.z, dv2.z, dv3.z) * 1.0); gradientStore(values.z, 1u, vec4<f32>(dv4.z, dv5.z, dv6.z, dv7.z) * 1.0); gradientStore(values.z, 2u, vec4<f32>(dv8.z, dv9.z, dv10.z, dv11.z) * 1.0); gradientStore(values.z, 3u, vec4<f32>(dv12.z, dv13.z, dv14.z, dv15.z) * 1.0); }
  if (t.w < params.length) {  gradientStore(values.w, 0u, vec4<f32>(dv0.w, dv1.w, dv2.w, dv3.w) * 1.0); gradientStore(values.w, 1u, vec4<f32>(dv4.w, dv5.w, dv6.w, dv7.w) * 1.0); gradientStore(values.w, 2u, vec4<f32>(dv8.w, dv9.w, dv10.w, dv11.w) * 1.0); gradientStore(values.w, 3u, vec4<f32>(dv12.w, dv13.w, dv14.w, dv15.w) * 1.0); }
}
