// CachedAttention 128 registers

struct Params { blocks: u32, size: u32, length: u32, capacity: u32, prefix: u32, heads: u32, keyHeads: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> start: array<i32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

const WIDTH = 128u;

fn qkvQuad(base: u32, quad: u32) -> vec4<f32> {
  return qkv[base / 4u + quad];
}
fn keysQuad(base: u32, quad: u32) -> vec4<f32> {
  return keys[base / 4u + quad];
}
fn valuesQuad(base: u32, quad: u32) -> vec4<f32> {
  return values[base / 4u + quad];
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
  let row = token / params.length;
  let queryAt = token * (params.heads + 2u * params.keyHeads) * WIDTH + head * WIDTH;
  let stride = params.keyHeads * WIDTH;
  let base = head / (params.heads / params.keyHeads) * WIDTH;
  let own = row * (params.capacity - params.prefix) * stride; // from the prefix, which all rows share, to what follows it
  let seen = u32(clamp(start[row] + i32(token % params.length) + 1, 0, i32(params.capacity)));
  let query0 = qkvQuad(queryAt, 0u) * params.scale; let query1 = qkvQuad(queryAt, 1u) * params.scale; let query2 = qkvQuad(queryAt, 2u) * params.scale; let query3 = qkvQuad(queryAt, 3u) * params.scale; let query4 = qkvQuad(queryAt, 4u) * params.scale; let query5 = qkvQuad(queryAt, 5u) * params.scale; let query6 = qkvQuad(queryAt, 6u) * params.scale; let query7 = qkvQuad(queryAt, 7u) * params.scale; let query8 = qkvQuad(queryAt, 8u) * params.scale; let query9 = qkvQuad(queryAt, 9u) * params.scale; let query10 = qkvQuad(queryAt, 10u) * params.scale; let query11 = qkvQuad(queryAt, 11u) * params.scale; let query12 = qkvQuad(queryAt, 12u) * params.scale; let query13 = qkvQuad(queryAt, 13u) * params.scale; let query14 = qkvQuad(queryAt, 14u) * params.scale; let query15 = qkvQuad(queryAt, 15u) * params.scale; let query16 = qkvQuad(queryAt, 16u) * params.scale; let query17 = qkvQuad(queryAt, 17u) * params.scale; let query18 = qkvQuad(queryAt, 18u) * params.scale; let query19 = qkvQuad(queryAt, 19u) * params.scale; let query20 = qkvQuad(queryAt, 20u) * params.scale; let query21 = qkvQuad(queryAt, 21u) * params.scale; let query22 = qkvQuad(queryAt, 22u) * params.scale; let query23 = qkvQuad(queryAt, 23u) * params.scale; let query24 = qkvQuad(queryAt, 24u) * params.scale; let query25 = qkvQuad(queryAt, 25u) * params.scale; let query26 = qkvQuad(queryAt, 26u) * params.scale; let query27 = qkvQuad(queryAt, 27u) * params.scale; let query28 = qkvQuad(queryAt, 28u) * params.scale; let query29 = qkvQuad(queryAt, 29u) * params.scale; let query30 = qkvQuad(queryAt, 30u) * params.scale; let query31 = qkvQuad(queryAt, 31u) * params.scale;
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>(); var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>(); var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>(); var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>(); var sum16 = vec4<f32>(); var sum17 = vec4<f32>(); var sum18 = vec4<f32>(); var sum19 = vec4<f32>(); var sum20 = vec4<f32>(); var sum21 = vec4<f32>(); var sum22 = vec4<f32>(); var sum23 = vec4<f32>(); var sum24 = vec4<f32>(); var sum25 = vec4<f32>(); var sum26 = vec4<f32>(); var sum27 = vec4<f32>(); var sum28 = vec4<f32>(); var sum29 = vec4<f32>(); var sum30 = vec4<f32>(); var sum31 = vec4<f32>();
  var total = 0.0;
  var top = -1e30;
  var at = base;
  for (var position = 0u; position < seen; position++) {
    if (position == params.prefix) { at += own; }
    let products = fma(query31, keysQuad(at, 31u), fma(query30, keysQuad(at, 30u), fma(query29, keysQuad(at, 29u), fma(query28, keysQuad(at, 28u), fma(query27, keysQuad(at, 27u), fma(query26, keysQuad(at, 26u), fma(query25, keysQuad(at, 25u), fma(query24, keysQuad(at, 24u), fma(query23, keysQuad(at, 23u), fma(query22, keysQuad(at, 22u), fma(query21, keysQuad(at, 21u), fma(query20, keysQuad(at, 20u), fma(query19, keysQuad(at, 19u), fma(query18, keysQuad(at, 18u), fma(query17, keysQuad(at, 17u), fma(query16, keysQuad(at, 16u), fma(query15, keysQuad(at, 15u), fma(query14, keysQuad(at, 14u), fma(query13, keysQuad(at, 13u), fma(query12, keysQuad(at, 12u), fma(query11, keysQuad(at, 11u), fma(query10, keysQuad(at, 10u), fma(query9, keysQuad(at, 9u), fma(query8, keysQuad(at, 8u), fma(query7, keysQuad(at, 7u), fma(query6, keysQuad(at, 6u), fma(query5, keysQuad(at, 5u), fma(query4, keysQuad(at, 4u), fma(query3, keysQuad(at, 3u), fma(query2, keysQuad(at, 2u), fma(query1, keysQuad(at, 1u), query0 * keysQuad(at, 0u))))))))))))))))))))))))))))))));
    let score = products.x + products.y + products.z + products.w;
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = total * shrink + share;
    sum0 = fma(vec4<f32>(share), valuesQuad(at, 0u), sum0 * shrink); sum1 = fma(vec4<f32>(share), valuesQuad(at, 1u), sum1 * shrink); sum2 = fma(vec4<f32>(share), valuesQuad(at, 2u), sum2 * shrink); sum3 = fma(vec4<f32>(share), valuesQuad(at, 3u), sum3 * shrink); sum4 = fma(vec4<f32>(share), valuesQuad(at, 4u), sum4 * shrink); sum5 = fma(vec4<f32>(share), valuesQuad(at, 5u), sum5 * shrink); sum6 = fma(vec4<f32>(share), valuesQuad(at, 6u), sum6 * shrink); sum7 = fma(vec4<f32>(share), valuesQuad(at, 7u), sum7 * shrink); sum8 = fma(vec4<f32>(share), valuesQuad(at, 8u), sum8 * shrink); sum9 = fma(vec4<f32>(share), valuesQuad(at, 9u), sum9 * shrink); sum10 = fma(vec4<f32>(share), valuesQuad(at, 10u), sum10 * shrink); sum11 = fma(vec4<f32>(share), valuesQuad(at, 11u), sum11 * shrink); sum12 = fma(vec4<f32>(share), valuesQuad(at, 12u), sum12 * shrink); sum13 = fma(vec4<f32>(share), valuesQuad(at, 13u), sum13 * shrink); sum14 = fma(vec4<f32>(share), valuesQuad(at, 14u), sum14 * shrink); sum15 = fma(vec4<f32>(share), valuesQuad(at, 15u), sum15 * shrink); sum16 = fma(vec4<f32>(share), valuesQuad(at, 16u), sum16 * shrink); sum17 = fma(vec4<f32>(share), valuesQuad(at, 17u), sum17 * shrink); sum18 = fma(vec4<f32>(share), valuesQuad(at, 18u), sum18 * shrink); sum19 = fma(vec4<f32>(share), valuesQuad(at, 19u), sum19 * shrink); sum20 = fma(vec4<f32>(share), valuesQuad(at, 20u), sum20 * shrink); sum21 = fma(vec4<f32>(share), valuesQuad(at, 21u), sum21 * shrink); sum22 = fma(vec4<f32>(share), valuesQuad(at, 22u), sum22 * shrink); sum23 = fma(vec4<f32>(share), valuesQuad(at, 23u), sum23 * shrink); sum24 = fma(vec4<f32>(share), valuesQuad(at, 24u), sum24 * shrink); sum25 = fma(vec4<f32>(share), valuesQuad(at, 25u), sum25 * shrink); sum26 = fma(vec4<f32>(share), valuesQuad(at, 26u), sum26 * shrink); sum27 = fma(vec4<f32>(share), valuesQuad(at, 27u), sum27 * shrink); sum28 = fma(vec4<f32>(share), valuesQuad(at, 28u), sum28 * shrink); sum29 = fma(vec4<f32>(share), valuesQuad(at, 29u), sum29 * shrink); sum30 = fma(vec4<f32>(share), valuesQuad(at, 30u), sum30 * shrink); sum31 = fma(vec4<f32>(share), valuesQuad(at, 31u), sum31 * shrink);
    top = next;
    at += stride;
  }
  let inverse = 1.0 / max(total, 1e-30);
  yStore(item * WIDTH, 0u, sum0 * inverse); yStore(item * WIDTH, 1u, sum1 * inverse); yStore(item * WIDTH, 2u, sum2 * inverse); yStore(item * WIDTH, 3u, sum3 * inverse); yStore(item * WIDTH, 4u, sum4 * inverse); yStore(item * WIDTH, 5u, sum5 * inverse); yStore(item * WIDTH, 6u, sum6 * inverse); yStore(item * WIDTH, 7u, sum7 * inverse); yStore(item * WIDTH, 8u, sum8 * inverse); yStore(item * WIDTH, 9u, sum9 * inverse); yStore(item * WIDTH, 10u, sum10 * inverse); yStore(item * WIDTH, 11u, sum11 * inverse); yStore(item * WIDTH, 12u, sum12 * inverse); yStore(item * WIDTH, 13u, sum13 * inverse); yStore(item * WIDTH, 14u, sum14 * inverse); yStore(item * WIDTH, 15u, sum15 * inverse); yStore(item * WIDTH, 16u, sum16 * inverse); yStore(item * WIDTH, 17u, sum17 * inverse); yStore(item * WIDTH, 18u, sum18 * inverse); yStore(item * WIDTH, 19u, sum19 * inverse); yStore(item * WIDTH, 20u, sum20 * inverse); yStore(item * WIDTH, 21u, sum21 * inverse); yStore(item * WIDTH, 22u, sum22 * inverse); yStore(item * WIDTH, 23u, sum23 * inverse); yStore(item * WIDTH, 24u, sum24 * inverse); yStore(item * WIDTH, 25u, sum25 * inverse); yStore(item * WIDTH, 26u, sum26 * inverse); yStore(item * WIDTH, 27u, sum27 * inverse); yStore(item * WIDTH, 28u, sum28 * inverse); yStore(item * WIDTH, 29u, sum29 * inverse); yStore(item * WIDTH, 30u, sum30 * inverse); yStore(item * WIDTH, 31u, sum31 * inverse);
}
