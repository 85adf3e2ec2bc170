// Sample f32 registers

struct Params { blocks: u32, columns: u32, width: u32, count: u32, share: f32, inverse: f32, cold: u32, rows: u32 }
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> uniforms: array<f32>;
@group(0) @binding(2) var<storage, read_write> ids: array<i32>;
@group(0) @binding(3) var<storage, read_write> report: array<f32>;
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const STEP = 1u;
fn sumOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn maxOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn settle() {}
alias N = f32;
fn sumOf(x: N) -> f32 { return x; }
fn largestOf(x: N) -> f32 { return x; }
fn smallestOf(x: N) -> f32 { return x; }
fn placesOf(i: u32) -> N { return f32(i); }
fn notFinite(x: N) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let row = block * 64u + lane;
  if (row >= params.rows) { return; }
  let first = 0u;
  let leader = true;
  let at = row * params.columns;
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
        if (passed <= goal && weight >= least) {
          id = 1u * i + 0u;
          passed += weight;
        }
      }
    }
  }
  if (leader) {
    ids[row] = i32(id);
    report[row] = f32(id);
    let logit = logits[at + id / 1u];
    // The bits of NaN are put together so that no compiler sees a constant.
    report[params.rows + row] = select(logit - top - logSum, bitcast<f32>(0x7fc00000u + (id & 1u)), bad > 0.0);
  }
}
