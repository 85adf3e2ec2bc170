// Decode 4-64-4-2-16-176-512 registers

struct Params { blocks: u32, rows: u32, capacity: u32, half: u32, scale: f32, epsilon: f32, columns: u32, width: u32, count: u32, share: f32, inverse: f32, cold: u32 }
@group(0) @binding(0) var<storage, read> last: array<i32>;
@group(0) @binding(1) var<storage, read> start: array<i32>;
@group(0) @binding(2) var<storage, read> uniforms: array<f32>;
@group(0) @binding(3) var<storage, read> arena: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> frequencies: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> cache: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> ids: array<i32>;
@group(0) @binding(7) var<storage, read_write> report: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

alias N = vec4<f32>;
fn sumOf(x: N) -> f32 { return x.x + x.y + x.z + x.w; }
fn largestOf(x: N) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }
fn smallestOf(x: N) -> f32 { return min(min(x.x, x.y), min(x.z, x.w)); }
fn placesOf(i: u32) -> N { return vec4<f32>(f32(4u * i)) + vec4<f32>(0.0, 1.0, 2.0, 3.0); }
fn notFinite(x: N) -> bool { return any((bitcast<vec4<u32>>(x) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u)); }
struct Pairs { first: N, second: N }
fn turned(pairs: Pairs, at: i32, i: u32, sign: f32) -> Pairs {
  let position = f32(at);
  let turns = position * frequencies[i];
  let lost = fma(N(position), frequencies[i], -turns) + position * frequencies[params.half + i];
  let angle = turns - floor(turns) + lost; // in turns, between -1/2 and 1
  let quarter = round(angle * 4.0);
  let x = (angle - quarter * 0.25) * 6.283185307;
  let z = x * x;
  let s = x + x * z * (-1.6666654611e-1 + z * (8.3321608736e-3 + z * -1.9515295891e-4));
  let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  // After one or three quarters sine and cosine have changed places; one of them is negative in each half of the turn.
  let odd = abs(quarter - 2.0 * floor(quarter * 0.5)) > N(0.5);
  let half = quarter - 4.0 * floor(quarter * 0.25); // 0 .. 3
  let cosine = select(N(1.0), N(-1.0), abs(half - 1.5) < N(1.0)) * select(c, s, odd);
  let sine = select(N(sign), N(-sign), half > N(1.5)) * select(s, c, odd);
  return Pairs(pairs.first * cosine - pairs.second * sine, pairs.second * cosine + pairs.first * sine);
}
fn sigmoid(x: N) -> N {
  let e = exp(-abs(x));
  return select(e, N(1.0), x >= N(0.0)) / (N(1.0) + e);
}
const STEP = 1u;
fn sumOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn maxOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn settle() {}
const THREADS = 16u;
const HEADS = 4u;
const KEY_HEADS = 2u;
const HEAD = 4u;
const STRIDE = 8u;
const WIDTH = 16u;
const NORMED = 16u;
const QKV = 32u;
const INNER = 64u;
var<workgroup> memory: array<vec4<f32>, 108>;
var<workgroup> logits: array<vec4<f32>, 128>;
var<workgroup> weights: array<vec4<f32>, 128>;
// four rows of a matrix of `quads` vectors a row, from vector `at` of the arena, times what begins at `source`
fn product(at: u32, source: u32, quads: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var k = 0u; k < quads; k++) {
    let x = memory[source + k];
    let a = arena[at + k];
    let b = arena[at + quads + k];
    let c = arena[at + 2u * quads + k];
    let d = arena[at + 3u * quads + k];
    sum = fma(vec4<f32>(x.x), vec4<f32>(a.x, b.x, c.x, d.x), sum);
    sum = fma(vec4<f32>(x.y), vec4<f32>(a.y, b.y, c.y, d.y), sum);
    sum = fma(vec4<f32>(x.z), vec4<f32>(a.z, b.z, c.z, d.z), sum);
    sum = fma(vec4<f32>(x.w), vec4<f32>(a.w, b.w, c.w, d.w), sum);
  }
  return sum;
}
fn scaleOfRow(lane: u32) -> f32 {
  var squares = vec4<f32>();
  for (var i = 0u; i < WIDTH; i++) { squares = fma(memory[i], memory[i], squares); }
  return inverseSqrt(sumOverLanes(lane, sumOf(squares)) / 64.0 + params.epsilon);
}
@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let row = block;
  let position = start[row];
  let seen = u32(clamp(position + 1, 0, i32(params.capacity)));
  let id0 = last[row];
  for (var i = lane; i < WIDTH; i += THREADS) {
    memory[i] = select(vec4<f32>(), arena[u32(clamp(id0, 0, 511)) * WIDTH + i], id0 >= 0 && id0 < 512);
  }
  workgroupBarrier();
  let VALUES = params.capacity * STRIDE;
  for (var layer = 0u; layer < 4u; layer++) {
    let layerAt = 8192u + layer * 11552u;
    let keysAt = (row * 4u + layer) * 2u * VALUES;
    {
      let scale = scaleOfRow(lane);
      for (var i = lane; i < WIDTH; i += THREADS) { memory[NORMED + i] = memory[i] * scale * arena[layerAt + 0u + i]; }
    }
    workgroupBarrier();
    for (var o = lane; o < 32u; o += THREADS) { memory[QKV + o] = product(layerAt + 16u + 4u * o * WIDTH, NORMED, WIDTH); }
    workgroupBarrier();
    for (var pair = lane; pair < 16u; pair += THREADS) {
      let i = pair % params.half;
      let head = pair / params.half;
      let first = QKV + head * HEAD + i;
      let second = first + params.half;
      var pairs = Pairs(memory[first], memory[second]);
      if (head < HEADS + KEY_HEADS) {
        pairs = turned(pairs, position, i, 1.0);
        memory[first] = pairs.first;
        memory[second] = pairs.second;
      }
      if (head >= HEADS && position >= 0 && position < i32(params.capacity)) {
        let slot = keysAt + select(0u, VALUES, head >= HEADS + KEY_HEADS) + u32(position) * STRIDE + (head - HEADS) % KEY_HEADS * HEAD + i;
        cache[slot] = pairs.first;
        cache[slot + params.half] = pairs.second;
      }
    }
    storageBarrier();
    workgroupBarrier();
    for (var head = lane; head < HEADS; head += THREADS) {
      let base = keysAt + head / (HEADS / KEY_HEADS) * HEAD;
      let queryAt = QKV + head * HEAD;
      let query0 = memory[queryAt + 0u] * params.scale; let query1 = memory[queryAt + 1u] * params.scale; let query2 = memory[queryAt + 2u] * params.scale; let query3 = memory[queryAt + 3u] * params.scale;
      var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
      var total = 0.0;
      var top = -1e30;
      var at = base;
      for (var position = 0u; position < seen; position++) {
        let products = fma(query3, cache[at + 3u], fma(query2, cache[at + 2u], fma(query1, cache[at + 1u], query0 * cache[at + 0u])));
        let score = products.x + products.y + products.z + products.w;
        let next = max(top, score);
        let shrink = exp(top - next);
        let share = exp(score - next);
        total = total * shrink + share;
        sum0 = fma(vec4<f32>(share), cache[at + VALUES + 0u], sum0 * shrink); sum1 = fma(vec4<f32>(share), cache[at + VALUES + 1u], sum1 * shrink); sum2 = fma(vec4<f32>(share), cache[at + VALUES + 2u], sum2 * shrink); sum3 = fma(vec4<f32>(share), cache[at + VALUES + 3u], sum3 * shrink);
        top = next;
        at += STRIDE;
      }
      let inverse = 1.0 / max(total, 1e-30);
      memory[NORMED + head * HEAD + 0u] = sum0 * inverse; memory[NORMED + head * HEAD + 1u] = sum1 * inverse; memory[NORMED + head * HEAD + 2u] = sum2 * inverse; memory[NORMED + head * HEAD + 3u] = sum3 * inverse;
    }
    workgroupBarrier();
    for (var o = lane; o < WIDTH; o += THREADS) { memory[o] = product(layerAt + 2064u + 4u * o * 16u, NORMED, 16u) + memory[o]; }
    workgroupBarrier();
    {
      let scale = scaleOfRow(lane);
      for (var i = lane; i < WIDTH; i += THREADS) { memory[NORMED + i] = memory[i] * scale * arena[layerAt + 3088u + i]; }
    }
    workgroupBarrier();
    for (var o = lane; o < 44u; o += THREADS) {
      let gate = product(layerAt + 3104u + 4u * o * WIDTH, NORMED, WIDTH);
      memory[INNER + o] = gate * sigmoid(gate) * product(layerAt + 3104u + (176u + 4u * o) * WIDTH, NORMED, WIDTH);
    }
    workgroupBarrier();
    for (var o = lane; o < WIDTH; o += THREADS) { memory[o] = product(layerAt + 8736u + 4u * o * 44u, INNER, 44u) + memory[o]; }
    workgroupBarrier();
  }
    {
      let scale = scaleOfRow(lane);
      for (var i = lane; i < WIDTH; i += THREADS) { memory[NORMED + i] = memory[i] * scale * arena[54400u + i]; }
    }
    workgroupBarrier();
  for (var o = lane; o < 128u; o += THREADS) { logits[o] = product(0u + 4u * o * WIDTH, NORMED, WIDTH); }
  workgroupBarrier();
  let at = 0u;
  if (lane > 0u) { return; }
  let first = 0u;
  let leader = true;

  var most = N(-3.4e38);
  var defect = 0.0;
  for (var i = first; i < params.columns; i += STEP) {
    let x = logits[at + i];
    most = max(most, x);
    if (notFinite(x)) { defect = 1.0; }
  }
  let top = maxOverLanes(lane, largestOf(most));
  let bad = maxOverLanes(lane, defect);
  var sum = N();
  var all = N();
  var place = N(1e9); // the first of the largest
  for (var i = first; i < params.columns; i += STEP) {
    let x = logits[at + i];
    let largest = x == N(top);
    sum += exp(x - top);
    place = min(place, select(N(1e9), placesOf(i), largest));
    if (params.cold == 0u) {
      // The largest weight is 1 exactly, whatever the adapter's exp says of 0; none is 0 or not a normal number.
      let weight = select(max(exp((x - top) * params.inverse), N(1.2e-38)), N(1.0), largest);
      weights[at + i] = weight;
      all += weight;
    }
  }
  let logSum = log(sumOverLanes(lane, sumOf(sum)));
  var id = u32(-maxOverLanes(lane, -smallestOf(place)));
  if (id >= params.width) { id = 0u; }
  if (params.cold == 0u) {
    var mass = sumOverLanes(lane, sumOf(all));
    var least = 0.0;
    if (params.count > 0u && params.count < params.width) {
      let wanted = f32(params.count);
      var low = bitcast<u32>(least);
      var high = bitcast<u32>(1.0); // no weight is larger
      for (var turn = 0u; turn < 64u; turn++) { // an end for what is not finite
        if (low >= high) { break; }
        let middle = bitcast<f32>(low + ((high - low + 1u) >> 1u));
        var sum = N();
        var above = N(1.0);
        var below = N();
        for (var i = first; i < params.columns; i += STEP) {
          let weight = weights[at + i];
          let reaches = weight >= N(middle);
          sum += select(N(), N(1.0), reaches);
          above = min(above, select(N(1.0), weight, reaches));
          below = max(below, select(weight, N(), reaches));
        }
        if (sumOverLanes(lane, sumOf(sum)) >= wanted) { low = bitcast<u32>(-maxOverLanes(lane, -smallestOf(above))); }
        else { high = bitcast<u32>(maxOverLanes(lane, largestOf(below))); }
      }
      least = bitcast<f32>(low);
    var kept = N();
    for (var i = first; i < params.columns; i += STEP) { kept += select(N(), weights[at + i], weights[at + i] >= N(least)); }
    mass = sumOverLanes(lane, sumOf(kept));
    }
    if (params.share < 1.0) {
      let wanted = params.share * mass;
      var low = bitcast<u32>(least);
      var high = bitcast<u32>(1.0); // no weight is larger
      for (var turn = 0u; turn < 64u; turn++) { // an end for what is not finite
        if (low >= high) { break; }
        let middle = bitcast<f32>(low + ((high - low + 1u) >> 1u));
        var sum = N();
        var above = N(1.0);
        var below = N();
        for (var i = first; i < params.columns; i += STEP) {
          let weight = weights[at + i];
          let reaches = weight >= N(middle);
          sum += select(N(), weight, reaches);
          above = min(above, select(N(1.0), weight, reaches));
          below = max(below, select(weight, N(), reaches));
        }
        if (sumOverLanes(lane, sumOf(sum)) >= wanted) { low = bitcast<u32>(-maxOverLanes(lane, -smallestOf(above))); }
        else { high = bitcast<u32>(maxOverLanes(lane, largestOf(below))); }
      }
      least = bitcast<f32>(low);
    var kept = N();
    for (var i = first; i < params.columns; i += STEP) { kept += select(N(), weights[at + i], weights[at + i] >= N(least)); }
    mass = sumOverLanes(lane, sumOf(kept));
    }
    settle();
    if (leader) {
      let goal = uniforms[row] * mass;
      var passed = 0.0;
      for (var i = 0u; i < params.columns && passed <= goal; i++) {
        let weight = weights[at + i];
        if (passed <= goal && weight.x >= least) {
          id = 4u * i + 0u;
          passed += weight.x;
        }
        if (passed <= goal && weight.y >= least) {
          id = 4u * i + 1u;
          passed += weight.y;
        }
        if (passed <= goal && weight.z >= least) {
          id = 4u * i + 2u;
          passed += weight.z;
        }
        if (passed <= goal && weight.w >= least) {
          id = 4u * i + 3u;
          passed += weight.w;
        }
      }
    }
  }
  if (leader) {
    ids[row] = i32(id);
    report[row] = f32(id);
    let logit = logits[at + id / 4u][id % 4u];
    // The bits of NaN are put together so that no compiler sees a constant.
    report[params.rows + row] = select(logit - top - logSum, bitcast<f32>(0x7fc00000u + (id & 1u)), bad > 0.0);
  }
}
