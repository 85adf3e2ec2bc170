// LoraLinear quad half residual quad quad quads 8
enable subgroups;
diagnostic(off, subgroup_uniformity);
struct Params { blocks: u32, rows: u32, inner: u32, out: u32, rank: u32, wide: u32, a: u32, b: u32, end0: u32, end1: u32 }
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<i32>;
@group(0) @binding(2) var<storage, read> low: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> arena: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn blockOf(column: u32) -> u32 { return select(0u, 1u, column >= params.end0) + select(0u, 1u, column >= params.end1); }
fn startOf(g: u32) -> u32 { return select(select(params.end1, params.end0, g == 1u), 0u, g == 0u); }
fn endOf(g: u32) -> u32 { return min(params.out, select(select(NEVER, params.end1, g == 1u), params.end0, g == 0u)); }
const NEVER = 4294967295u;

fn part0a0start(o: u32, matrix: u32) -> u32 { return o * params.inner; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return x[(start + k) / 4u]; }
fn part0b0start(o: u32, matrix: u32) -> u32 { return o * params.inner; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return vec4<f32>(unpack2x16float(bitcast<u32>(weight[(start + k) / 2u])), unpack2x16float(bitcast<u32>(weight[(start + k) / 2u + 1u]))); }
fn part0a1start(o: u32, matrix: u32) -> u32 { return o * params.wide; }
fn part0a1(start: u32, o: u32, k: u32) -> vec4<f32> { return low[(start + k) / 4u]; }
fn part0b1start(o: u32, matrix: u32) -> u32 { return params.b + o * params.rank - blockOf(o) * params.rank; }
fn part0b1(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), arena[(start + k) / 4u], k - blockOf(o) * params.rank < params.rank); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  let at = row * params.out + column; y[at] = sum + residual[at];
}
fn part0(block: u32, lane: u32) {
  let across = (params.out + 15u) / 16u;
  let down = (params.rows + 7u) / 8u;
  let tiles = across * down * 1u;
  let number = block * 4u + lane / 4u;
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  
  let column0 = (tile % across) * 16u;
  let row0 = (tile / across % down) * 8u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 8u, params.rows) - 1u;
  let column1 = min(column0 + 16u, params.out) - 1u;
  let own = lane % 4u;
  let first = column0 + own;
  var s0_0 = 0.0; var s0_1 = 0.0; var s0_2 = 0.0; var s0_3 = 0.0;
  var s1_0 = 0.0; var s1_1 = 0.0; var s1_2 = 0.0; var s1_3 = 0.0;
  var s2_0 = 0.0; var s2_1 = 0.0; var s2_2 = 0.0; var s2_3 = 0.0;
  var s3_0 = 0.0; var s3_1 = 0.0; var s3_2 = 0.0; var s3_3 = 0.0;
  var s4_0 = 0.0; var s4_1 = 0.0; var s4_2 = 0.0; var s4_3 = 0.0;
  var s5_0 = 0.0; var s5_1 = 0.0; var s5_2 = 0.0; var s5_3 = 0.0;
  var s6_0 = 0.0; var s6_1 = 0.0; var s6_2 = 0.0; var s6_3 = 0.0;
  var s7_0 = 0.0; var s7_1 = 0.0; var s7_2 = 0.0; var s7_3 = 0.0;
  
  {
  let xo0 = min(row0 + 0u + own, params.rows - 1u); let xs0 = part0a0start(xo0, matrix); let xo1 = min(row0 + 4u + own, params.rows - 1u); let xs1 = part0a0start(xo1, matrix);
  let yo0 = min(first + 0u, params.out - 1u); let ys0 = part0b0start(yo0, matrix); let yo1 = min(first + 4u, params.out - 1u); let ys1 = part0b0start(yo1, matrix); let yo2 = min(first + 8u, params.out - 1u); let ys2 = part0b0start(yo2, matrix); let yo3 = min(first + 12u, params.out - 1u); let ys3 = part0b0start(yo3, matrix);
  let to = params.inner;
  for (var k = 0u; k < to; k += 4u) {
    let y0 = part0b0(ys0, yo0, k); let y1 = part0b0(ys1, yo1, k); let y2 = part0b0(ys2, yo2, k); let y3 = part0b0(ys3, yo3, k);
    { let x = part0a0(xs0, xo0, k);
      { let z = quadBroadcast(x, 0u); s0_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s0_0)))); s0_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s0_1)))); s0_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s0_2)))); s0_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s0_3)))); }
      { let z = quadBroadcast(x, 1u); s1_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s1_0)))); s1_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s1_1)))); s1_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s1_2)))); s1_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s1_3)))); }
      { let z = quadBroadcast(x, 2u); s2_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s2_0)))); s2_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s2_1)))); s2_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s2_2)))); s2_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s2_3)))); }
      { let z = quadBroadcast(x, 3u); s3_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s3_0)))); s3_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s3_1)))); s3_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s3_2)))); s3_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s3_3)))); } }
    { let x = part0a0(xs1, xo1, k);
      { let z = quadBroadcast(x, 0u); s4_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s4_0)))); s4_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s4_1)))); s4_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s4_2)))); s4_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s4_3)))); }
      { let z = quadBroadcast(x, 1u); s5_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s5_0)))); s5_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s5_1)))); s5_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s5_2)))); s5_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s5_3)))); }
      { let z = quadBroadcast(x, 2u); s6_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s6_0)))); s6_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s6_1)))); s6_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s6_2)))); s6_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s6_3)))); }
      { let z = quadBroadcast(x, 3u); s7_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s7_0)))); s7_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s7_1)))); s7_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s7_2)))); s7_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s7_3)))); } }
  }
  }
  {
  let xo0 = min(row0 + 0u + own, params.rows - 1u); let xs0 = part0a1start(xo0, matrix); let xo1 = min(row0 + 4u + own, params.rows - 1u); let xs1 = part0a1start(xo1, matrix);
  let yo0 = min(first + 0u, params.out - 1u); let ys0 = part0b1start(yo0, matrix); let yo1 = min(first + 4u, params.out - 1u); let ys1 = part0b1start(yo1, matrix); let yo2 = min(first + 8u, params.out - 1u); let ys2 = part0b1start(yo2, matrix); let yo3 = min(first + 12u, params.out - 1u); let ys3 = part0b1start(yo3, matrix);
  let to = (blockOf(column1) + 1u) * params.rank;
  for (var k = blockOf(column0) * params.rank; k < to; k += 4u) {
    let y0 = part0b1(ys0, yo0, k); let y1 = part0b1(ys1, yo1, k); let y2 = part0b1(ys2, yo2, k); let y3 = part0b1(ys3, yo3, k);
    { let x = part0a1(xs0, xo0, k);
      { let z = quadBroadcast(x, 0u); s0_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s0_0)))); s0_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s0_1)))); s0_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s0_2)))); s0_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s0_3)))); }
      { let z = quadBroadcast(x, 1u); s1_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s1_0)))); s1_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s1_1)))); s1_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s1_2)))); s1_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s1_3)))); }
      { let z = quadBroadcast(x, 2u); s2_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s2_0)))); s2_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s2_1)))); s2_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s2_2)))); s2_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s2_3)))); }
      { let z = quadBroadcast(x, 3u); s3_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s3_0)))); s3_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s3_1)))); s3_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s3_2)))); s3_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s3_3)))); } }
    { let x = part0a1(xs1, xo1, k);
      { let z = quadBroadcast(x, 0u); s4_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s4_0)))); s4_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s4_1)))); s4_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s4_2)))); s4_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s4_3)))); }
      { let z = quadBroadcast(x, 1u); s5_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s5_0)))); s5_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s5_1)))); s5_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s5_2)))); s5_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s5_3)))); }
      { let z = quadBroadcast(x, 2u); s6_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s6_0)))); s6_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s6_1)))); s6_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s6_2)))); s6_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s6_3)))); }
      { let z = quadBroadcast(x, 3u); s7_0 = fma(z.w, y0.w, fma(z.z, y0.z, fma(z.y, y0.y, fma(z.x, y0.x, s7_0)))); s7_1 = fma(z.w, y1.w, fma(z.z, y1.z, fma(z.y, y1.y, fma(z.x, y1.x, s7_1)))); s7_2 = fma(z.w, y2.w, fma(z.z, y2.z, fma(z.y, y2.y, fma(z.x, y2.x, s7_2)))); s7_3 = fma(z.w, y3.w, fma(z.z, y3.z, fma(z.y, y3.y, fma(z.x, y3.x, s7_3)))); } }
  }
  }
  if (number >= tiles) { return; }
  if (row0 + 8u <= params.rows && column0 + 16u <= params.out) {
    part0store(row0 + 0u, first + 0u, matrix, s0_0); part0store(row0 + 0u, first + 4u, matrix, s0_1); part0store(row0 + 0u, first + 8u, matrix, s0_2); part0store(row0 + 0u, first + 12u, matrix, s0_3); part0store(row0 + 1u, first + 0u, matrix, s1_0); part0store(row0 + 1u, first + 4u, matrix, s1_1); part0store(row0 + 1u, first + 8u, matrix, s1_2); part0store(row0 + 1u, first + 12u, matrix, s1_3); part0store(row0 + 2u, first + 0u, matrix, s2_0); part0store(row0 + 2u, first + 4u, matrix, s2_1); part0store(row0 + 2u, first + 8u, matrix, s2_2); part0store(row0 + 2u, first + 12u, matrix, s2_3); part0store(row0 + 3u, first + 0u, matrix, s3_0); part0store(row0 + 3u, first + 4u, matrix, s3_1); part0store(row0 + 3u, first + 8u, matrix, s3_2); part0store(row0 + 3u, first + 12u, matrix, s3_3); part0store(row0 + 4u, first + 0u, matrix, s4_0); part0store(row0 + 4u, first + 4u, matrix, s4_1); part0store(row0 + 4u, first + 8u, matrix, s4_2); part0store(row0 + 4u, first + 12u, matrix, s4_3); part0store(row0 + 5u, first + 0u, matrix, s5_0); part0store(row0 + 5u, first + 4u, matrix, s5_1); part0store(row0 + 5u, first + 8u, matrix, s5_2); part0store(row0 + 5u, first + 12u, matrix, s5_3); part0store(row0 + 6u, first + 0u, matrix, s6_0); part0store(row0 + 6u, first + 4u, matrix, s6_1); part0store(row0 + 6u, first + 8u, matrix, s6_2); part0store(row0 + 6u, first + 12u, matrix, s6_3); part0store(row0 + 7u, first + 0u, matrix, s7_0); part0store(row0 + 7u, first + 4u, matrix, s7_1); part0store(row0 + 7u, first + 8u, matrix, s7_2); part0store(row0 + 7u, first + 12u, matrix, s7_3);
  } else {
    var sums = array<f32, 32>(s0_0, s0_1, s0_2, s0_3, s1_0, s1_1, s1_2, s1_3, s2_0, s2_1, s2_2, s2_3, s3_0, s3_1, s3_2, s3_3, s4_0, s4_1, s4_2, s4_3, s5_0, s5_1, s5_2, s5_3, s6_0, s6_1, s6_2, s6_3, s7_0, s7_1, s7_2, s7_3);
    for (var i = 0u; i < 32u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * 4u;
      if (row < params.rows && column < params.out) { part0store(row, column, matrix, sums[i]); }
    }
  }
}
@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  part0(block, lane);
}
