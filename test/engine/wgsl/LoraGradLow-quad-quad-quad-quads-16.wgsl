// LoraGradLow quad quad quad quads 16
enable subgroups;
diagnostic(off, subgroup_uniformity);
struct Params { blocks: u32, rows: u32, out: u32, rank: u32, wide: u32, a: u32, b: u32, end0: u32, end1: u32, firstBlocks: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> low: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> arena: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dLow: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn blockOf(column: u32) -> u32 { return select(0u, 1u, column >= params.end0) + select(0u, 1u, column >= params.end1); }
fn startOf(g: u32) -> u32 { return select(select(params.end1, params.end0, g == 1u), 0u, g == 0u); }
fn endOf(g: u32) -> u32 { return min(params.out, select(select(NEVER, params.end1, g == 1u), params.end0, g == 0u)); }
const NEVER = 4294967295u;

fn part0a0start(o: u32, matrix: u32) -> u32 { return o * params.out; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return dy[(start + k) / 4u]; }
fn part0b0start(o: u32, matrix: u32) -> u32 { return params.b + o % params.rank; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), arena[(start + k * params.rank) / 4u], k < params.out && blockOf(k) == o / params.rank); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  dLow[row * params.wide + column] = params.scale * sum;
}
fn part0(block: u32, lane: u32) {
  let across = (params.wide + 15u) / 16u;
  let down = (params.rows + 15u) / 16u;
  let tiles = across * down * 1u;
  let number = block * 4u + lane / 4u;
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  
  let column0 = (tile % across) * 16u;
  let row0 = (tile / across % down) * 16u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 16u, params.rows) - 1u;
  let column1 = min(column0 + 16u, params.wide) - 1u;
  let own = lane % 4u;
  let first = column0 + own * 4u;
  var s0_0 = 0.0; var s0_1 = 0.0; var s0_2 = 0.0; var s0_3 = 0.0;
  var s1_0 = 0.0; var s1_1 = 0.0; var s1_2 = 0.0; var s1_3 = 0.0;
  var s2_0 = 0.0; var s2_1 = 0.0; var s2_2 = 0.0; var s2_3 = 0.0;
  var s3_0 = 0.0; var s3_1 = 0.0; var s3_2 = 0.0; var s3_3 = 0.0;
  var s4_0 = 0.0; var s4_1 = 0.0; var s4_2 = 0.0; var s4_3 = 0.0;
  var s5_0 = 0.0; var s5_1 = 0.0; var s5_2 = 0.0; var s5_3 = 0.0;
  var s6_0 = 0.0; var s6_1 = 0.0; var s6_2 = 0.0; var s6_3 = 0.0;
  var s7_0 = 0.0; var s7_1 = 0.0; var s7_2 = 0.0; var s7_3 = 0.0;
  var s8_0 = 0.0; var s8_1 = 0.0; var s8_2 = 0.0; var s8_3 = 0.0;
  var s9_0 = 0.0; var s9_1 = 0.0; var s9_2 = 0.0; var s9_3 = 0.0;
  var s10_0 = 0.0; var s10_1 = 0.0; var s10_2 = 0.0; var s10_3 = 0.0;
  var s11_0 = 0.0; var s11_1 = 0.0; var s11_2 = 0.0; var s11_3 = 0.0;
  var s12_0 = 0.0; var s12_1 = 0.0; var s12_2 = 0.0; var s12_3 = 0.0;
  var s13_0 = 0.0; var s13_1 = 0.0; var s13_2 = 0.0; var s13_3 = 0.0;
  var s14_0 = 0.0; var s14_1 = 0.0; var s14_2 = 0.0; var s14_3 = 0.0;
  var s15_0 = 0.0; var s15_1 = 0.0; var s15_2 = 0.0; var s15_3 = 0.0;
  
  {
  let xo0 = min(row0 + 0u + own, params.rows - 1u); let xs0 = part0a0start(xo0, matrix); let xo1 = min(row0 + 4u + own, params.rows - 1u); let xs1 = part0a0start(xo1, matrix); let xo2 = min(row0 + 8u + own, params.rows - 1u); let xs2 = part0a0start(xo2, matrix); let xo3 = min(row0 + 12u + own, params.rows - 1u); let xs3 = part0a0start(xo3, matrix);
  let yo0 = min(first, params.wide - 4u); let ys0 = part0b0start(yo0, matrix);
  let to = endOf(column1 / params.rank);
  for (var k = startOf(column0 / params.rank) / 4u * 4u; k < to; k += 4u) {
    let y0 = part0b0(ys0, yo0, k + 0u); let y1 = part0b0(ys0, yo0, k + 1u); let y2 = part0b0(ys0, yo0, k + 2u); let y3 = part0b0(ys0, yo0, k + 3u);
    { let x = part0a0(xs0, xo0, k);
      { let z = quadBroadcast(x, 0u); s0_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s0_0)))); s0_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s0_1)))); s0_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s0_2)))); s0_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s0_3)))); }
      { let z = quadBroadcast(x, 1u); s1_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s1_0)))); s1_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s1_1)))); s1_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s1_2)))); s1_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s1_3)))); }
      { let z = quadBroadcast(x, 2u); s2_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s2_0)))); s2_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s2_1)))); s2_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s2_2)))); s2_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s2_3)))); }
      { let z = quadBroadcast(x, 3u); s3_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s3_0)))); s3_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s3_1)))); s3_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s3_2)))); s3_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s3_3)))); } }
    { let x = part0a0(xs1, xo1, k);
      { let z = quadBroadcast(x, 0u); s4_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s4_0)))); s4_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s4_1)))); s4_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s4_2)))); s4_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s4_3)))); }
      { let z = quadBroadcast(x, 1u); s5_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s5_0)))); s5_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s5_1)))); s5_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s5_2)))); s5_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s5_3)))); }
      { let z = quadBroadcast(x, 2u); s6_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s6_0)))); s6_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s6_1)))); s6_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s6_2)))); s6_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s6_3)))); }
      { let z = quadBroadcast(x, 3u); s7_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s7_0)))); s7_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s7_1)))); s7_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s7_2)))); s7_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s7_3)))); } }
    { let x = part0a0(xs2, xo2, k);
      { let z = quadBroadcast(x, 0u); s8_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s8_0)))); s8_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s8_1)))); s8_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s8_2)))); s8_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s8_3)))); }
      { let z = quadBroadcast(x, 1u); s9_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s9_0)))); s9_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s9_1)))); s9_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s9_2)))); s9_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s9_3)))); }
      { let z = quadBroadcast(x, 2u); s10_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s10_0)))); s10_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s10_1)))); s10_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s10_2)))); s10_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s10_3)))); }
      { let z = quadBroadcast(x, 3u); s11_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s11_0)))); s11_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s11_1)))); s11_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s11_2)))); s11_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s11_3)))); } }
    { let x = part0a0(xs3, xo3, k);
      { let z = quadBroadcast(x, 0u); s12_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s12_0)))); s12_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s12_1)))); s12_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s12_2)))); s12_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s12_3)))); }
      { let z = quadBroadcast(x, 1u); s13_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s13_0)))); s13_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s13_1)))); s13_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s13_2)))); s13_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s13_3)))); }
      { let z = quadBroadcast(x, 2u); s14_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s14_0)))); s14_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s14_1)))); s14_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s14_2)))); s14_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s14_3)))); }
      { let z = quadBroadcast(x, 3u); s15_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s15_0)))); s15_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s15_1)))); s15_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s15_2)))); s15_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s15_3)))); } }
  }
  }
  if (number >= tiles) { return; }
  if (row0 + 16u <= params.rows && column0 + 16u <= params.wide) {
    part0store(row0 + 0u, first + 0u, matrix, s0_0); part0store(row0 + 0u, first + 1u, matrix, s0_1); part0store(row0 + 0u, first + 2u, matrix, s0_2); part0store(row0 + 0u, first + 3u, matrix, s0_3); part0store(row0 + 1u, first + 0u, matrix, s1_0); part0store(row0 + 1u, first + 1u, matrix, s1_1); part0store(row0 + 1u, first + 2u, matrix, s1_2); part0store(row0 + 1u, first + 3u, matrix, s1_3); part0store(row0 + 2u, first + 0u, matrix, s2_0); part0store(row0 + 2u, first + 1u, matrix, s2_1); part0store(row0 + 2u, first + 2u, matrix, s2_2); part0store(row0 + 2u, first + 3u, matrix, s2_3); part0store(row0 + 3u, first + 0u, matrix, s3_0); part0store(row0 + 3u, first + 1u, matrix, s3_1); part0store(row0 + 3u, first + 2u, matrix, s3_2); part0store(row0 + 3u, first + 3u, matrix, s3_3); part0store(row0 + 4u, first + 0u, matrix, s4_0); part0store(row0 + 4u, first + 1u, matrix, s4_1); part0store(row0 + 4u, first + 2u, matrix, s4_2); part0store(row0 + 4u, first + 3u, matrix, s4_3); part0store(row0 + 5u, first + 0u, matrix, s5_0); part0store(row0 + 5u, first + 1u, matrix, s5_1); part0store(row0 + 5u, first + 2u, matrix, s5_2); part0store(row0 + 5u, first + 3u, matrix, s5_3); part0store(row0 + 6u, first + 0u, matrix, s6_0); part0store(row0 + 6u, first + 1u, matrix, s6_1); part0store(row0 + 6u, first + 2u, matrix, s6_2); part0store(row0 + 6u, first + 3u, matrix, s6_3); part0store(row0 + 7u, first + 0u, matrix, s7_0); part0store(row0 + 7u, first + 1u, matrix, s7_1); part0store(row0 + 7u, first + 2u, matrix, s7_2); part0store(row0 + 7u, first + 3u, matrix, s7_3); part0store(row0 + 8u, first + 0u, matrix, s8_0); part0store(row0 + 8u, first + 1u, matrix, s8_1); part0store(row0 + 8u, first + 2u, matrix, s8_2); part0store(row0 + 8u, first + 3u, matrix, s8_3); part0store(row0 + 9u, first + 0u, matrix, s9_0); part0store(row0 + 9u, first + 1u, matrix, s9_1); part0store(row0 + 9u, first + 2u, matrix, s9_2); part0store(row0 + 9u, first + 3u, matrix, s9_3); part0store(row0 + 10u, first + 0u, matrix, s10_0); part0store(row0 + 10u, first + 1u, matrix, s10_1); part0store(row0 + 10u, first + 2u, matrix, s10_2); part0store(row0 + 10u, first + 3u, matrix, s10_3); part0store(row0 + 11u, first + 0u, matrix, s11_0); part0store(row0 + 11u, first + 1u, matrix, s11_1); part0store(row0 + 11u, first + 2u, matrix, s11_2); part0store(row0 + 11u, first + 3u, matrix, s11_3); part0store(row0 + 12u, first + 0u, matrix, s12_0); part0store(row0 + 12u, first + 1u, matrix, s12_1); part0store(row0 + 12u, first + 2u, matrix, s12_2); part0store(row0 + 12u, first + 3u, matrix, s12_3); part0store(row0 + 13u, first + 0u, matrix, s13_0); part0store(row0 + 13u, first + 1u, matrix, s13_1); part0store(row0 + 13u, first + 2u, matrix, s13_2); part0store(row0 + 13u, first + 3u, matrix, s13_3); part0store(row0 + 14u, first + 0u, matrix, s14_0); part0store(row0 + 14u, first + 1u, matrix, s14_1); part0store(row0 + 14u, first + 2u, matrix, s14_2); part0store(row0 + 14u, first + 3u, matrix, s14_3); part0store(row0 + 15u, first + 0u, matrix, s15_0); part0store(row0 + 15u, first + 1u, matrix, s15_1); part0store(row0 + 15u, first + 2u, matrix, s15_2); part0store(row0 + 15u, first + 3u, matrix, s15_3);
  } else {
    var sums = array<f32, 64>(s0_0, s0_1, s0_2, s0_3, s1_0, s1_1, s1_2, s1_3, s2_0, s2_1, s2_2, s2_3, s3_0, s3_1, s3_2, s3_3, s4_0, s4_1, s4_2, s4_3, s5_0, s5_1, s5_2, s5_3, s6_0, s6_1, s6_2, s6_3, s7_0, s7_1, s7_2, s7_3, s8_0, s8_1, s8_2, s8_3, s9_0, s9_1, s9_2, s9_3, s10_0, s10_1, s10_2, s10_3, s11_0, s11_1, s11_2, s11_3, s12_0, s12_1, s12_2, s12_3, s13_0, s13_1, s13_2, s13_3, s14_0, s14_1, s14_2, s14_3, s15_0, s15_1, s15_2, s15_3);
    for (var i = 0u; i < 64u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * 1u;
      if (row < params.rows && column < params.wide) { part0store(row, column, matrix, sums[i]); }
    }
  }
}

fn part1a0start(o: u32, matrix: u32) -> u32 { return o; }
fn part1a0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), low[(start + k * params.wide) / 4u], k < params.rows); }
fn part1b0start(o: u32, matrix: u32) -> u32 { return o; }
fn part1b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), dy[(start + k * params.out) / 4u], k < params.rows); }
fn part1store(row: u32, column: u32, matrix: u32, sum: f32) {
  let r = row - blockOf(column) * params.rank; if (r < params.rank) { gradients[params.b + column * params.rank + r] = sum; }
}
fn part1(block: u32, lane: u32) {
  let across = (params.out + 15u) / 16u;
  let down = (params.wide + 15u) / 16u;
  let tiles = across * down * 1u;
  let number = block * 4u + lane / 4u;
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  
  let column0 = (tile % across) * 16u;
  let row0 = (tile / across % down) * 16u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 16u, params.wide) - 1u;
  let column1 = min(column0 + 16u, params.out) - 1u;
  let own = lane % 4u;
  let first = column0 + own * 4u;
  var s0_0 = 0.0; var s0_1 = 0.0; var s0_2 = 0.0; var s0_3 = 0.0;
  var s1_0 = 0.0; var s1_1 = 0.0; var s1_2 = 0.0; var s1_3 = 0.0;
  var s2_0 = 0.0; var s2_1 = 0.0; var s2_2 = 0.0; var s2_3 = 0.0;
  var s3_0 = 0.0; var s3_1 = 0.0; var s3_2 = 0.0; var s3_3 = 0.0;
  var s4_0 = 0.0; var s4_1 = 0.0; var s4_2 = 0.0; var s4_3 = 0.0;
  var s5_0 = 0.0; var s5_1 = 0.0; var s5_2 = 0.0; var s5_3 = 0.0;
  var s6_0 = 0.0; var s6_1 = 0.0; var s6_2 = 0.0; var s6_3 = 0.0;
  var s7_0 = 0.0; var s7_1 = 0.0; var s7_2 = 0.0; var s7_3 = 0.0;
  var s8_0 = 0.0; var s8_1 = 0.0; var s8_2 = 0.0; var s8_3 = 0.0;
  var s9_0 = 0.0; var s9_1 = 0.0; var s9_2 = 0.0; var s9_3 = 0.0;
  var s10_0 = 0.0; var s10_1 = 0.0; var s10_2 = 0.0; var s10_3 = 0.0;
  var s11_0 = 0.0; var s11_1 = 0.0; var s11_2 = 0.0; var s11_3 = 0.0;
  var s12_0 = 0.0; var s12_1 = 0.0; var s12_2 = 0.0; var s12_3 = 0.0;
  var s13_0 = 0.0; var s13_1 = 0.0; var s13_2 = 0.0; var s13_3 = 0.0;
  var s14_0 = 0.0; var s14_1 = 0.0; var s14_2 = 0.0; var s14_3 = 0.0;
  var s15_0 = 0.0; var s15_1 = 0.0; var s15_2 = 0.0; var s15_3 = 0.0;
  
  {
  let xo0 = min(row0 + 0u, params.wide - 4u); let xs0 = part1a0start(xo0, matrix); let xo1 = min(row0 + 4u, params.wide - 4u); let xs1 = part1a0start(xo1, matrix); let xo2 = min(row0 + 8u, params.wide - 4u); let xs2 = part1a0start(xo2, matrix); let xo3 = min(row0 + 12u, params.wide - 4u); let xs3 = part1a0start(xo3, matrix);
  let yo0 = min(first, params.out - 4u); let ys0 = part1b0start(yo0, matrix);
  let to = select(0u, params.rows, blockOf(column0) * params.rank <= row1 && row0 < (blockOf(column1) + 1u) * params.rank);
  for (var k = 0u; k < to; k += 4u) {
    let y0 = part1b0(ys0, yo0, k + 0u); let y1 = part1b0(ys0, yo0, k + 1u); let y2 = part1b0(ys0, yo0, k + 2u); let y3 = part1b0(ys0, yo0, k + 3u);
    { let x = part1a0(xs0, xo0, k + own);
      { let z = vec4<f32>(quadBroadcast(x.x, 0u), quadBroadcast(x.x, 1u), quadBroadcast(x.x, 2u), quadBroadcast(x.x, 3u)); s0_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s0_0)))); s0_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s0_1)))); s0_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s0_2)))); s0_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s0_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.y, 0u), quadBroadcast(x.y, 1u), quadBroadcast(x.y, 2u), quadBroadcast(x.y, 3u)); s1_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s1_0)))); s1_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s1_1)))); s1_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s1_2)))); s1_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s1_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.z, 0u), quadBroadcast(x.z, 1u), quadBroadcast(x.z, 2u), quadBroadcast(x.z, 3u)); s2_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s2_0)))); s2_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s2_1)))); s2_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s2_2)))); s2_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s2_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.w, 0u), quadBroadcast(x.w, 1u), quadBroadcast(x.w, 2u), quadBroadcast(x.w, 3u)); s3_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s3_0)))); s3_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s3_1)))); s3_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s3_2)))); s3_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s3_3)))); } }
    { let x = part1a0(xs1, xo1, k + own);
      { let z = vec4<f32>(quadBroadcast(x.x, 0u), quadBroadcast(x.x, 1u), quadBroadcast(x.x, 2u), quadBroadcast(x.x, 3u)); s4_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s4_0)))); s4_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s4_1)))); s4_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s4_2)))); s4_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s4_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.y, 0u), quadBroadcast(x.y, 1u), quadBroadcast(x.y, 2u), quadBroadcast(x.y, 3u)); s5_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s5_0)))); s5_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s5_1)))); s5_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s5_2)))); s5_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s5_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.z, 0u), quadBroadcast(x.z, 1u), quadBroadcast(x.z, 2u), quadBroadcast(x.z, 3u)); s6_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s6_0)))); s6_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s6_1)))); s6_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s6_2)))); s6_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s6_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.w, 0u), quadBroadcast(x.w, 1u), quadBroadcast(x.w, 2u), quadBroadcast(x.w, 3u)); s7_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s7_0)))); s7_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s7_1)))); s7_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s7_2)))); s7_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s7_3)))); } }
    { let x = part1a0(xs2, xo2, k + own);
      { let z = vec4<f32>(quadBroadcast(x.x, 0u), quadBroadcast(x.x, 1u), quadBroadcast(x.x, 2u), quadBroadcast(x.x, 3u)); s8_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s8_0)))); s8_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s8_1)))); s8_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s8_2)))); s8_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s8_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.y, 0u), quadBroadcast(x.y, 1u), quadBroadcast(x.y, 2u), quadBroadcast(x.y, 3u)); s9_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s9_0)))); s9_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s9_1)))); s9_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s9_2)))); s9_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s9_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.z, 0u), quadBroadcast(x.z, 1u), quadBroadcast(x.z, 2u), quadBroadcast(x.z, 3u)); s10_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s10_0)))); s10_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s10_1)))); s10_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s10_2)))); s10_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s10_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.w, 0u), quadBroadcast(x.w, 1u), quadBroadcast(x.w, 2u), quadBroadcast(x.w, 3u)); s11_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s11_0)))); s11_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s11_1)))); s11_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s11_2)))); s11_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s11_3)))); } }
    { let x = part1a0(xs3, xo3, k + own);
      { let z = vec4<f32>(quadBroadcast(x.x, 0u), quadBroadcast(x.x, 1u), quadBroadcast(x.x, 2u), quadBroadcast(x.x, 3u)); s12_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s12_0)))); s12_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s12_1)))); s12_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s12_2)))); s12_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s12_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.y, 0u), quadBroadcast(x.y, 1u), quadBroadcast(x.y, 2u), quadBroadcast(x.y, 3u)); s13_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s13_0)))); s13_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s13_1)))); s13_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s13_2)))); s13_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s13_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.z, 0u), quadBroadcast(x.z, 1u), quadBroadcast(x.z, 2u), quadBroadcast(x.z, 3u)); s14_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s14_0)))); s14_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s14_1)))); s14_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s14_2)))); s14_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s14_3)))); }
      { let z = vec4<f32>(quadBroadcast(x.w, 0u), quadBroadcast(x.w, 1u), quadBroadcast(x.w, 2u), quadBroadcast(x.w, 3u)); s15_0 = fma(z.w, y3.x, fma(z.z, y2.x, fma(z.y, y1.x, fma(z.x, y0.x, s15_0)))); s15_1 = fma(z.w, y3.y, fma(z.z, y2.y, fma(z.y, y1.y, fma(z.x, y0.y, s15_1)))); s15_2 = fma(z.w, y3.z, fma(z.z, y2.z, fma(z.y, y1.z, fma(z.x, y0.z, s15_2)))); s15_3 = fma(z.w, y3.w, fma(z.z, y2.w, fma(z.y, y1.w, fma(z.x, y0.w, s15_3)))); } }
  }
  }
  if (number >= tiles) { return; }
  if (row0 + 16u <= params.wide && column0 + 16u <= params.out) {
    part1store(row0 + 0u, first + 0u, matrix, s0_0); part1store(row0 + 0u, first + 1u, matrix, s0_1); part1store(row0 + 0u, first + 2u, matrix, s0_2); part1store(row0 + 0u, first + 3u, matrix, s0_3); part1store(row0 + 1u, first + 0u, matrix, s1_0); part1store(row0 + 1u, first + 1u, matrix, s1_1); part1store(row0 + 1u, first + 2u, matrix, s1_2); part1store(row0 + 1u, first + 3u, matrix, s1_3); part1store(row0 + 2u, first + 0u, matrix, s2_0); part1store(row0 + 2u, first + 1u, matrix, s2_1); part1store(row0 + 2u, first + 2u, matrix, s2_2); part1store(row0 + 2u, first + 3u, matrix, s2_3); part1store(row0 + 3u, first + 0u, matrix, s3_0); part1store(row0 + 3u, first + 1u, matrix, s3_1); part1store(row0 + 3u, first + 2u, matrix, s3_2); part1store(row0 + 3u, first + 3u, matrix, s3_3); part1store(row0 + 4u, first + 0u, matrix, s4_0); part1store(row0 + 4u, first + 1u, matrix, s4_1); part1store(row0 + 4u, first + 2u, matrix, s4_2); part1store(row0 + 4u, first + 3u, matrix, s4_3); part1store(row0 + 5u, first + 0u, matrix, s5_0); part1store(row0 + 5u, first + 1u, matrix, s5_1); part1store(row0 + 5u, first + 2u, matrix, s5_2); part1store(row0 + 5u, first + 3u, matrix, s5_3); part1store(row0 + 6u, first + 0u, matrix, s6_0); part1store(row0 + 6u, first + 1u, matrix, s6_1); part1store(row0 + 6u, first + 2u, matrix, s6_2); part1store(row0 + 6u, first + 3u, matrix, s6_3); part1store(row0 + 7u, first + 0u, matrix, s7_0); part1store(row0 + 7u, first + 1u, matrix, s7_1); part1store(row0 + 7u, first + 2u, matrix, s7_2); part1store(row0 + 7u, first + 3u, matrix, s7_3); part1store(row0 + 8u, first + 0u, matrix, s8_0); part1store(row0 + 8u, first + 1u, matrix, s8_1); part1store(row0 + 8u, first + 2u, matrix, s8_2); part1store(row0 + 8u, first + 3u, matrix, s8_3); part1store(row0 + 9u, first + 0u, matrix, s9_0); part1store(row0 + 9u, first + 1u, matrix, s9_1); part1store(row0 + 9u, first + 2u, matrix, s9_2); part1store(row0 + 9u, first + 3u, matrix, s9_3); part1store(row0 + 10u, first + 0u, matrix, s10_0); part1store(row0 + 10u, first + 1u, matrix, s10_1); part1store(row0 + 10u, first + 2u, matrix, s10_2); part1store(row0 + 10u, first + 3u, matrix, s10_3); part1store(row0 + 11u, first + 0u, matrix, s11_0); part1store(row0 + 11u, first + 1u, matrix, s11_1); part1store(row0 + 11u, first + 2u, matrix, s11_2); part1store(row0 + 11u, first + 3u, matrix, s11_3); part1store(row0 + 12u, first + 0u, matrix, s12_0); part1store(row0 + 12u, first + 1u, matrix, s12_1); part1store(row0 + 12u, first + 2u, matrix, s12_2); part1store(row0 + 12u, first + 3u, matrix, s12_3); part1store(row0 + 13u, first + 0u, matrix, s13_0); part1store(row0 + 13u, first + 1u, matrix, s13_1); part1store(row0 + 13u, first + 2u, matrix, s13_2); part1store(row0 + 13u, first + 3u, matrix, s13_3); part1store(row0 + 14u, first + 0u, matrix, s14_0); part1store(row0 + 14u, first + 1u, matrix, s14_1); part1store(row0 + 14u, first + 2u, matrix, s14_2); part1store(row0 + 14u, first + 3u, matrix, s14_3); part1store(row0 + 15u, first + 0u, matrix, s15_0); part1store(row0 + 15u, first + 1u, matrix, s15_1); part1store(row0 + 15u, first + 2u, matrix, s15_2); part1store(row0 + 15u, first + 3u, matrix, s15_3);
  } else {
    var sums = array<f32, 64>(s0_0, s0_1, s0_2, s0_3, s1_0, s1_1, s1_2, s1_3, s2_0, s2_1, s2_2, s2_3, s3_0, s3_1, s3_2, s3_3, s4_0, s4_1, s4_2, s4_3, s5_0, s5_1, s5_2, s5_3, s6_0, s6_1, s6_2, s6_3, s7_0, s7_1, s7_2, s7_3, s8_0, s8_1, s8_2, s8_3, s9_0, s9_1, s9_2, s9_3, s10_0, s10_1, s10_2, s10_3, s11_0, s11_1, s11_2, s11_3, s12_0, s12_1, s12_2, s12_3, s13_0, s13_1, s13_2, s13_3, s14_0, s14_1, s14_2, s14_3, s15_0, s15_1, s15_2, s15_3);
    for (var i = 0u; i < 64u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * 1u;
      if (row < params.wide && column < params.out) { part1store(row, column, matrix, sums[i]); }
    }
  }
}
@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  if (block < params.firstBlocks) { part0(block, lane); } else { part1(block - params.firstBlocks, lane); }
}
