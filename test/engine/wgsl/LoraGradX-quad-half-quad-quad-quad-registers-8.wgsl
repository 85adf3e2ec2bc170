// LoraGradX quad half quad quad quad registers 8

struct Params { blocks: u32, rows: u32, inner: u32, out: u32, rank: u32, wide: u32, a: u32, b: u32, end0: u32, end1: u32, firstBlocks: u32 }
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<i32>;
@group(0) @binding(2) var<storage, read> dLow: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> arena: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;


fn part0a0start(o: u32, matrix: u32) -> u32 { return o * params.out; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return dy[(start + k) / 4u]; }
fn part0b0start(o: u32, matrix: u32) -> u32 { return o; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), vec4<f32>(unpack2x16float(bitcast<u32>(weight[(start + k * params.inner) / 2u])), unpack2x16float(bitcast<u32>(weight[(start + k * params.inner) / 2u + 1u]))), k < params.out); }
fn part0a1start(o: u32, matrix: u32) -> u32 { return o * params.wide; }
fn part0a1(start: u32, o: u32, k: u32) -> vec4<f32> { return dLow[(start + k) / 4u]; }
fn part0b1start(o: u32, matrix: u32) -> u32 { return params.a + o; }
fn part0b1(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), arena[(start + k * params.inner) / 4u], k < params.wide); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  dx[row * params.inner + column] = sum;
}
fn part0(block: u32, lane: u32) {
  let across = (params.inner + 3u) / 4u;
  let down = (params.rows + 7u) / 8u;
  let tiles = across * down * 1u;
  let number = block * 16u + lane;
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  
  let column0 = (tile % across) * 4u;
  let row0 = (tile / across % down) * 8u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 8u, params.rows) - 1u;
  let column1 = min(column0 + 4u, params.inner) - 1u;
  let own = lane % 4u;
  let first = column0;
  var s0_0 = 0.0; var s0_1 = 0.0; var s0_2 = 0.0; var s0_3 = 0.0;
  var s1_0 = 0.0; var s1_1 = 0.0; var s1_2 = 0.0; var s1_3 = 0.0;
  var s2_0 = 0.0; var s2_1 = 0.0; var s2_2 = 0.0; var s2_3 = 0.0;
  var s3_0 = 0.0; var s3_1 = 0.0; var s3_2 = 0.0; var s3_3 = 0.0;
  var s4_0 = 0.0; var s4_1 = 0.0; var s4_2 = 0.0; var s4_3 = 0.0;
  var s5_0 = 0.0; var s5_1 = 0.0; var s5_2 = 0.0; var s5_3 = 0.0;
  var s6_0 = 0.0; var s6_1 = 0.0; var s6_2 = 0.0; var s6_3 = 0.0;
  var s7_0 = 0.0; var s7_1 = 0.0; var s7_2 = 0.0; var s7_3 = 0.0;
  
  {
  let xo0 = min(row0 + 0u, params.rows - 1u); let xs0 = part0a0start(xo0, matrix); let xo1 = min(row0 + 1u, params.rows - 1u); let xs1 = part0a0start(xo1, matrix); let xo2 = min(row0 + 2u, params.rows - 1u); let xs2 = part0a0start(xo2, matrix); let xo3 = min(row0 + 3u, params.rows - 1u); let xs3 = part0a0start(xo3, matrix); let xo4 = min(row0 + 4u, params.rows - 1u); let xs4 = part0a0start(xo4, matrix); let xo5 = min(row0 + 5u, params.rows - 1u); let xs5 = part0a0start(xo5, matrix); let xo6 = min(row0 + 6u, params.rows - 1u); let xs6 = part0a0start(xo6, matrix); let xo7 = min(row0 + 7u, params.rows - 1u); let xs7 = part0a0start(xo7, matrix);
  let yo0 = min(first, params.inner - 4u); let ys0 = part0b0start(yo0, matrix);
  let to = params.out;
  for (var k = 0u; k < to; k += 4u) {
    let y0 = part0b0(ys0, yo0, k + 0u); let y1 = part0b0(ys0, yo0, k + 1u); let y2 = part0b0(ys0, yo0, k + 2u); let y3 = part0b0(ys0, yo0, k + 3u);
    { let x0 = part0a0(xs0, xo0, k); let x1 = part0a0(xs1, xo1, k); let x2 = part0a0(xs2, xo2, k); let x3 = part0a0(xs3, xo3, k);
      s0_0 = fma(x0.w, y3.x, fma(x0.z, y2.x, fma(x0.y, y1.x, fma(x0.x, y0.x, s0_0)))); s0_1 = fma(x0.w, y3.y, fma(x0.z, y2.y, fma(x0.y, y1.y, fma(x0.x, y0.y, s0_1)))); s0_2 = fma(x0.w, y3.z, fma(x0.z, y2.z, fma(x0.y, y1.z, fma(x0.x, y0.z, s0_2)))); s0_3 = fma(x0.w, y3.w, fma(x0.z, y2.w, fma(x0.y, y1.w, fma(x0.x, y0.w, s0_3))));
      s1_0 = fma(x1.w, y3.x, fma(x1.z, y2.x, fma(x1.y, y1.x, fma(x1.x, y0.x, s1_0)))); s1_1 = fma(x1.w, y3.y, fma(x1.z, y2.y, fma(x1.y, y1.y, fma(x1.x, y0.y, s1_1)))); s1_2 = fma(x1.w, y3.z, fma(x1.z, y2.z, fma(x1.y, y1.z, fma(x1.x, y0.z, s1_2)))); s1_3 = fma(x1.w, y3.w, fma(x1.z, y2.w, fma(x1.y, y1.w, fma(x1.x, y0.w, s1_3))));
      s2_0 = fma(x2.w, y3.x, fma(x2.z, y2.x, fma(x2.y, y1.x, fma(x2.x, y0.x, s2_0)))); s2_1 = fma(x2.w, y3.y, fma(x2.z, y2.y, fma(x2.y, y1.y, fma(x2.x, y0.y, s2_1)))); s2_2 = fma(x2.w, y3.z, fma(x2.z, y2.z, fma(x2.y, y1.z, fma(x2.x, y0.z, s2_2)))); s2_3 = fma(x2.w, y3.w, fma(x2.z, y2.w, fma(x2.y, y1.w, fma(x2.x, y0.w, s2_3))));
      s3_0 = fma(x3.w, y3.x, fma(x3.z, y2.x, fma(x3.y, y1.x, fma(x3.x, y0.x, s3_0)))); s3_1 = fma(x3.w, y3.y, fma(x3.z, y2.y, fma(x3.y, y1.y, fma(x3.x, y0.y, s3_1)))); s3_2 = fma(x3.w, y3.z, fma(x3.z, y2.z, fma(x3.y, y1.z, fma(x3.x, y0.z, s3_2)))); s3_3 = fma(x3.w, y3.w, fma(x3.z, y2.w, fma(x3.y, y1.w, fma(x3.x, y0.w, s3_3)))); }
    { let x0 = part0a0(xs4, xo4, k); let x1 = part0a0(xs5, xo5, k); let x2 = part0a0(xs6, xo6, k); let x3 = part0a0(xs7, xo7, k);
      s4_0 = fma(x0.w, y3.x, fma(x0.z, y2.x, fma(x0.y, y1.x, fma(x0.x, y0.x, s4_0)))); s4_1 = fma(x0.w, y3.y, fma(x0.z, y2.y, fma(x0.y, y1.y, fma(x0.x, y0.y, s4_1)))); s4_2 = fma(x0.w, y3.z, fma(x0.z, y2.z, fma(x0.y, y1.z, fma(x0.x, y0.z, s4_2)))); s4_3 = fma(x0.w, y3.w, fma(x0.z, y2.w, fma(x0.y, y1.w, fma(x0.x, y0.w, s4_3))));
      s5_0 = fma(x1.w, y3.x, fma(x1.z, y2.x, fma(x1.y, y1.x, fma(x1.x, y0.x, s5_0)))); s5_1 = fma(x1.w, y3.y, fma(x1.z, y2.y, fma(x1.y, y1.y, fma(x1.x, y0.y, s5_1)))); s5_2 = fma(x1.w, y3.z, fma(x1.z, y2.z, fma(x1.y, y1.z, fma(x1.x, y0.z, s5_2)))); s5_3 = fma(x1.w, y3.w, fma(x1.z, y2.w, fma(x1.y, y1.w, fma(x1.x, y0.w, s5_3))));
      s6_0 = fma(x2.w, y3.x, fma(x2.z, y2.x, fma(x2.y, y1.x, fma(x2.x, y0.x, s6_0)))); s6_1 = fma(x2.w, y3.y, fma(x2.z, y2.y, fma(x2.y, y1.y, fma(x2.x, y0.y, s6_1)))); s6_2 = fma(x2.w, y3.z, fma(x2.z, y2.z, fma(x2.y, y1.z, fma(x2.x, y0.z, s6_2)))); s6_3 = fma(x2.w, y3.w, fma(x2.z, y2.w, fma(x2.y, y1.w, fma(x2.x, y0.w, s6_3))));
      s7_0 = fma(x3.w, y3.x, fma(x3.z, y2.x, fma(x3.y, y1.x, fma(x3.x, y0.x, s7_0)))); s7_1 = fma(x3.w, y3.y, fma(x3.z, y2.y, fma(x3.y, y1.y, fma(x3.x, y0.y, s7_1)))); s7_2 = fma(x3.w, y3.z, fma(x3.z, y2.z, fma(x3.y, y1.z, fma(x3.x, y0.z, s7_2)))); s7_3 = fma(x3.w, y3.w, fma(x3.z, y2.w, fma(x3.y, y1.w, fma(x3.x, y0.w, s7_3)))); }
  }
  }
  {
  let xo0 = min(row0 + 0u, params.rows - 1u); let xs0 = part0a1start(xo0, matrix); let xo1 = min(row0 + 1u, params.rows - 1u); let xs1 = part0a1start(xo1, matrix); let xo2 = min(row0 + 2u, params.rows - 1u); let xs2 = part0a1start(xo2, matrix); let xo3 = min(row0 + 3u, params.rows - 1u); let xs3 = part0a1start(xo3, matrix); let xo4 = min(row0 + 4u, params.rows - 1u); let xs4 = part0a1start(xo4, matrix); let xo5 = min(row0 + 5u, params.rows - 1u); let xs5 = part0a1start(xo5, matrix); let xo6 = min(row0 + 6u, params.rows - 1u); let xs6 = part0a1start(xo6, matrix); let xo7 = min(row0 + 7u, params.rows - 1u); let xs7 = part0a1start(xo7, matrix);
  let yo0 = min(first, params.inner - 4u); let ys0 = part0b1start(yo0, matrix);
  let to = params.wide;
  for (var k = 0u; k < to; k += 4u) {
    let y0 = part0b1(ys0, yo0, k + 0u); let y1 = part0b1(ys0, yo0, k + 1u); let y2 = part0b1(ys0, yo0, k + 2u); let y3 = part0b1(ys0, yo0, k + 3u);
    { let x0 = part0a1(xs0, xo0, k); let x1 = part0a1(xs1, xo1, k); let x2 = part0a1(xs2, xo2, k); let x3 = part0a1(xs3, xo3, k);
      s0_0 = fma(x0.w, y3.x, fma(x0.z, y2.x, fma(x0.y, y1.x, fma(x0.x, y0.x, s0_0)))); s0_1 = fma(x0.w, y3.y, fma(x0.z, y2.y, fma(x0.y, y1.y, fma(x0.x, y0.y, s0_1)))); s0_2 = fma(x0.w, y3.z, fma(x0.z, y2.z, fma(x0.y, y1.z, fma(x0.x, y0.z, s0_2)))); s0_3 = fma(x0.w, y3.w, fma(x0.z, y2.w, fma(x0.y, y1.w, fma(x0.x, y0.w, s0_3))));
      s1_0 = fma(x1.w, y3.x, fma(x1.z, y2.x, fma(x1.y, y1.x, fma(x1.x, y0.x, s1_0)))); s1_1 = fma(x1.w, y3.y, fma(x1.z, y2.y, fma(x1.y, y1.y, fma(x1.x, y0.y, s1_1)))); s1_2 = fma(x1.w, y3.z, fma(x1.z, y2.z, fma(x1.y, y1.z, fma(x1.x, y0.z, s1_2)))); s1_3 = fma(x1.w, y3.w, fma(x1.z, y2.w, fma(x1.y, y1.w, fma(x1.x, y0.w, s1_3))));
      s2_0 = fma(x2.w, y3.x, fma(x2.z, y2.x, fma(x2.y, y1.x, fma(x2.x, y0.x, s2_0)))); s2_1 = fma(x2.w, y3.y, fma(x2.z, y2.y, fma(x2.y, y1.y, fma(x2.x, y0.y, s2_1)))); s2_2 = fma(x2.w, y3.z, fma(x2.z, y2.z, fma(x2.y, y1.z, fma(x2.x, y0.z, s2_2)))); s2_3 = fma(x2.w, y3.w, fma(x2.z, y2.w, fma(x2.y, y1.w, fma(x2.x, y0.w, s2_3))));
      s3_0 = fma(x3.w, y3.x, fma(x3.z, y2.x, fma(x3.y, y1.x, fma(x3.x, y0.x, s3_0)))); s3_1 = fma(x3.w, y3.y, fma(x3.z, y2.y, fma(x3.y, y1.y, fma(x3.x, y0.y, s3_1)))); s3_2 = fma(x3.w, y3.z, fma(x3.z, y2.z, fma(x3.y, y1.z, fma(x3.x, y0.z, s3_2)))); s3_3 = fma(x3.w, y3.w, fma(x3.z, y2.w, fma(x3.y, y1.w, fma(x3.x, y0.w, s3_3)))); }
    { let x0 = part0a1(xs4, xo4, k); let x1 = part0a1(xs5, xo5, k); let x2 = part0a1(xs6, xo6, k); let x3 = part0a1(xs7, xo7, k);
      s4_0 = fma(x0.w, y3.x, fma(x0.z, y2.x, fma(x0.y, y1.x, fma(x0.x, y0.x, s4_0)))); s4_1 = fma(x0.w, y3.y, fma(x0.z, y2.y, fma(x0.y, y1.y, fma(x0.x, y0.y, s4_1)))); s4_2 = fma(x0.w, y3.z, fma(x0.z, y2.z, fma(x0.y, y1.z, fma(x0.x, y0.z, s4_2)))); s4_3 = fma(x0.w, y3.w, fma(x0.z, y2.w, fma(x0.y, y1.w, fma(x0.x, y0.w, s4_3))));
      s5_0 = fma(x1.w, y3.x, fma(x1.z, y2.x, fma(x1.y, y1.x, fma(x1.x, y0.x, s5_0)))); s5_1 = fma(x1.w, y3.y, fma(x1.z, y2.y, fma(x1.y, y1.y, fma(x1.x, y0.y, s5_1)))); s5_2 = fma(x1.w, y3.z, fma(x1.z, y2.z, fma(x1.y, y1.z, fma(x1.x, y0.z, s5_2)))); s5_3 = fma(x1.w, y3.w, fma(x1.z, y2.w, fma(x1.y, y1.w, fma(x1.x, y0.w, s5_3))));
      s6_0 = fma(x2.w, y3.x, fma(x2.z, y2.x, fma(x2.y, y1.x, fma(x2.x, y0.x, s6_0)))); s6_1 = fma(x2.w, y3.y, fma(x2.z, y2.y, fma(x2.y, y1.y, fma(x2.x, y0.y, s6_1)))); s6_2 = fma(x2.w, y3.z, fma(x2.z, y2.z, fma(x2.y, y1.z, fma(x2.x, y0.z, s6_2)))); s6_3 = fma(x2.w, y3.w, fma(x2.z, y2.w, fma(x2.y, y1.w, fma(x2.x, y0.w, s6_3))));
      s7_0 = fma(x3.w, y3.x, fma(x3.z, y2.x, fma(x3.y, y1.x, fma(x3.x, y0.x, s7_0)))); s7_1 = fma(x3.w, y3.y, fma(x3.z, y2.y, fma(x3.y, y1.y, fma(x3.x, y0.y, s7_1)))); s7_2 = fma(x3.w, y3.z, fma(x3.z, y2.z, fma(x3.y, y1.z, fma(x3.x, y0.z, s7_2)))); s7_3 = fma(x3.w, y3.w, fma(x3.z, y2.w, fma(x3.y, y1.w, fma(x3.x, y0.w, s7_3)))); }
  }
  }
  if (number >= tiles) { return; }
  if (row0 + 8u <= params.rows && column0 + 4u <= params.inner) {
    part0store(row0 + 0u, first + 0u, matrix, s0_0); part0store(row0 + 0u, first + 1u, matrix, s0_1); part0store(row0 + 0u, first + 2u, matrix, s0_2); part0store(row0 + 0u, first + 3u, matrix, s0_3); part0store(row0 + 1u, first + 0u, matrix, s1_0); part0store(row0 + 1u, first + 1u, matrix, s1_1); part0store(row0 + 1u, first + 2u, matrix, s1_2); part0store(row0 + 1u, first + 3u, matrix, s1_3); part0store(row0 + 2u, first + 0u, matrix, s2_0); part0store(row0 + 2u, first + 1u, matrix, s2_1); part0store(row0 + 2u, first + 2u, matrix, s2_2); part0store(row0 + 2u, first + 3u, matrix, s2_3); part0store(row0 + 3u, first + 0u, matrix, s3_0); part0store(row0 + 3u, first + 1u, matrix, s3_1); part0store(row0 + 3u, first + 2u, matrix, s3_2); part0store(row0 + 3u, first + 3u, matrix, s3_3); part0store(row0 + 4u, first + 0u, matrix, s4_0); part0store(row0 + 4u, first + 1u, matrix, s4_1); part0store(row0 + 4u, first + 2u, matrix, s4_2); part0store(row0 + 4u, first + 3u, matrix, s4_3); part0store(row0 + 5u, first + 0u, matrix, s5_0); part0store(row0 + 5u, first + 1u, matrix, s5_1); part0store(row0 + 5u, first + 2u, matrix, s5_2); part0store(row0 + 5u, first + 3u, matrix, s5_3); part0store(row0 + 6u, first + 0u, matrix, s6_0); part0store(row0 + 6u, first + 1u, matrix, s6_1); part0store(row0 + 6u, first + 2u, matrix, s6_2); part0store(row0 + 6u, first + 3u, matrix, s6_3); part0store(row0 + 7u, first + 0u, matrix, s7_0); part0store(row0 + 7u, first + 1u, matrix, s7_1); part0store(row0 + 7u, first + 2u, matrix, s7_2); part0store(row0 + 7u, first + 3u, matrix, s7_3);
  } else {
    var sums = array<f32, 32>(s0_0, s0_1, s0_2, s0_3, s1_0, s1_1, s1_2, s1_3, s2_0, s2_1, s2_2, s2_3, s3_0, s3_1, s3_2, s3_3, s4_0, s4_1, s4_2, s4_3, s5_0, s5_1, s5_2, s5_3, s6_0, s6_1, s6_2, s6_3, s7_0, s7_1, s7_2, s7_3);
    for (var i = 0u; i < 32u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * 1u;
      if (row < params.rows && column < params.inner) { part0store(row, column, matrix, sums[i]); }
    }
  }
}

fn part1a0start(o: u32, matrix: u32) -> u32 { return o; }
fn part1a0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), dLow[(start + k * params.wide) / 4u], k < params.rows); }
fn part1b0start(o: u32, matrix: u32) -> u32 { return o; }
fn part1b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), x[(start + k * params.inner) / 4u], k < params.rows); }
fn part1store(row: u32, column: u32, matrix: u32, sum: f32) {
  gradients[params.a + row * params.inner + column] = sum;
}
fn part1(block: u32, lane: u32) {
  let across = (params.inner + 3u) / 4u;
  let down = (params.wide + 7u) / 8u;
  let tiles = across * down * 1u;
  let number = block * 16u + lane;
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  
  let column0 = (tile % across) * 4u;
  let row0 = (tile / across % down) * 8u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 8u, params.wide) - 1u;
  let column1 = min(column0 + 4u, params.inner) - 1u;
  let own = lane % 4u;
  let first = column0;
  var s0_0 = 0.0; var s0_1 = 0.0; var s0_2 = 0.0; var s0_3 = 0.0;
  var s1_0 = 0.0; var s1_1 = 0.0; var s1_2 = 0.0; var s1_3 = 0.0;
  var s2_0 = 0.0; var s2_1 = 0.0; var s2_2 = 0.0; var s2_3 = 0.0;
  var s3_0 = 0.0; var s3_1 = 0.0; var s3_2 = 0.0; var s3_3 = 0.0;
  var s4_0 = 0.0; var s4_1 = 0.0; var s4_2 = 0.0; var s4_3 = 0.0;
  var s5_0 = 0.0; var s5_1 = 0.0; var s5_2 = 0.0; var s5_3 = 0.0;
  var s6_0 = 0.0; var s6_1 = 0.0; var s6_2 = 0.0; var s6_3 = 0.0;
  var s7_0 = 0.0; var s7_1 = 0.0; var s7_2 = 0.0; var s7_3 = 0.0;
  
  {
  let xo0 = min(row0 + 0u, params.wide - 4u); let xs0 = part1a0start(xo0, matrix); let xo1 = min(row0 + 4u, params.wide - 4u); let xs1 = part1a0start(xo1, matrix);
  let yo0 = min(first, params.inner - 4u); let ys0 = part1b0start(yo0, matrix);
  let to = params.rows;
  for (var k = 0u; k < to; k += 4u) {
    let y0 = part1b0(ys0, yo0, k + 0u); let y1 = part1b0(ys0, yo0, k + 1u); let y2 = part1b0(ys0, yo0, k + 2u); let y3 = part1b0(ys0, yo0, k + 3u);
    { let x0 = part1a0(xs0, xo0, k + 0u); let x1 = part1a0(xs0, xo0, k + 1u); let x2 = part1a0(xs0, xo0, k + 2u); let x3 = part1a0(xs0, xo0, k + 3u);
      s0_0 = fma(x3.x, y3.x, fma(x2.x, y2.x, fma(x1.x, y1.x, fma(x0.x, y0.x, s0_0)))); s0_1 = fma(x3.x, y3.y, fma(x2.x, y2.y, fma(x1.x, y1.y, fma(x0.x, y0.y, s0_1)))); s0_2 = fma(x3.x, y3.z, fma(x2.x, y2.z, fma(x1.x, y1.z, fma(x0.x, y0.z, s0_2)))); s0_3 = fma(x3.x, y3.w, fma(x2.x, y2.w, fma(x1.x, y1.w, fma(x0.x, y0.w, s0_3))));
      s1_0 = fma(x3.y, y3.x, fma(x2.y, y2.x, fma(x1.y, y1.x, fma(x0.y, y0.x, s1_0)))); s1_1 = fma(x3.y, y3.y, fma(x2.y, y2.y, fma(x1.y, y1.y, fma(x0.y, y0.y, s1_1)))); s1_2 = fma(x3.y, y3.z, fma(x2.y, y2.z, fma(x1.y, y1.z, fma(x0.y, y0.z, s1_2)))); s1_3 = fma(x3.y, y3.w, fma(x2.y, y2.w, fma(x1.y, y1.w, fma(x0.y, y0.w, s1_3))));
      s2_0 = fma(x3.z, y3.x, fma(x2.z, y2.x, fma(x1.z, y1.x, fma(x0.z, y0.x, s2_0)))); s2_1 = fma(x3.z, y3.y, fma(x2.z, y2.y, fma(x1.z, y1.y, fma(x0.z, y0.y, s2_1)))); s2_2 = fma(x3.z, y3.z, fma(x2.z, y2.z, fma(x1.z, y1.z, fma(x0.z, y0.z, s2_2)))); s2_3 = fma(x3.z, y3.w, fma(x2.z, y2.w, fma(x1.z, y1.w, fma(x0.z, y0.w, s2_3))));
      s3_0 = fma(x3.w, y3.x, fma(x2.w, y2.x, fma(x1.w, y1.x, fma(x0.w, y0.x, s3_0)))); s3_1 = fma(x3.w, y3.y, fma(x2.w, y2.y, fma(x1.w, y1.y, fma(x0.w, y0.y, s3_1)))); s3_2 = fma(x3.w, y3.z, fma(x2.w, y2.z, fma(x1.w, y1.z, fma(x0.w, y0.z, s3_2)))); s3_3 = fma(x3.w, y3.w, fma(x2.w, y2.w, fma(x1.w, y1.w, fma(x0.w, y0.w, s3_3)))); }
    { let x0 = part1a0(xs1, xo1, k + 0u); let x1 = part1a0(xs1, xo1, k + 1u); let x2 = part1a0(xs1, xo1, k + 2u); let x3 = part1a0(xs1, xo1, k + 3u);
      s4_0 = fma(x3.x, y3.x, fma(x2.x, y2.x, fma(x1.x, y1.x, fma(x0.x, y0.x, s4_0)))); s4_1 = fma(x3.x, y3.y, fma(x2.x, y2.y, fma(x1.x, y1.y, fma(x0.x, y0.y, s4_1)))); s4_2 = fma(x3.x, y3.z, fma(x2.x, y2.z, fma(x1.x, y1.z, fma(x0.x, y0.z, s4_2)))); s4_3 = fma(x3.x, y3.w, fma(x2.x, y2.w, fma(x1.x, y1.w, fma(x0.x, y0.w, s4_3))));
      s5_0 = fma(x3.y, y3.x, fma(x2.y, y2.x, fma(x1.y, y1.x, fma(x0.y, y0.x, s5_0)))); s5_1 = fma(x3.y, y3.y, fma(x2.y, y2.y, fma(x1.y, y1.y, fma(x0.y, y0.y, s5_1)))); s5_2 = fma(x3.y, y3.z, fma(x2.y, y2.z, fma(x1.y, y1.z, fma(x0.y, y0.z, s5_2)))); s5_3 = fma(x3.y, y3.w, fma(x2.y, y2.w, fma(x1.y, y1.w, fma(x0.y, y0.w, s5_3))));
      s6_0 = fma(x3.z, y3.x, fma(x2.z, y2.x, fma(x1.z, y1.x, fma(x0.z, y0.x, s6_0)))); s6_1 = fma(x3.z, y3.y, fma(x2.z, y2.y, fma(x1.z, y1.y, fma(x0.z, y0.y, s6_1)))); s6_2 = fma(x3.z, y3.z, fma(x2.z, y2.z, fma(x1.z, y1.z, fma(x0.z, y0.z, s6_2)))); s6_3 = fma(x3.z, y3.w, fma(x2.z, y2.w, fma(x1.z, y1.w, fma(x0.z, y0.w, s6_3))));
      s7_0 = fma(x3.w, y3.x, fma(x2.w, y2.x, fma(x1.w, y1.x, fma(x0.w, y0.x, s7_0)))); s7_1 = fma(x3.w, y3.y, fma(x2.w, y2.y, fma(x1.w, y1.y, fma(x0.w, y0.y, s7_1)))); s7_2 = fma(x3.w, y3.z, fma(x2.w, y2.z, fma(x1.w, y1.z, fma(x0.w, y0.z, s7_2)))); s7_3 = fma(x3.w, y3.w, fma(x2.w, y2.w, fma(x1.w, y1.w, fma(x0.w, y0.w, s7_3)))); }
  }
  }
  if (number >= tiles) { return; }
  if (row0 + 8u <= params.wide && column0 + 4u <= params.inner) {
    part1store(row0 + 0u, first + 0u, matrix, s0_0); part1store(row0 + 0u, first + 1u, matrix, s0_1); part1store(row0 + 0u, first + 2u, matrix, s0_2); part1store(row0 + 0u, first + 3u, matrix, s0_3); part1store(row0 + 1u, first + 0u, matrix, s1_0); part1store(row0 + 1u, first + 1u, matrix, s1_1); part1store(row0 + 1u, first + 2u, matrix, s1_2); part1store(row0 + 1u, first + 3u, matrix, s1_3); part1store(row0 + 2u, first + 0u, matrix, s2_0); part1store(row0 + 2u, first + 1u, matrix, s2_1); part1store(row0 + 2u, first + 2u, matrix, s2_2); part1store(row0 + 2u, first + 3u, matrix, s2_3); part1store(row0 + 3u, first + 0u, matrix, s3_0); part1store(row0 + 3u, first + 1u, matrix, s3_1); part1store(row0 + 3u, first + 2u, matrix, s3_2); part1store(row0 + 3u, first + 3u, matrix, s3_3); part1store(row0 + 4u, first + 0u, matrix, s4_0); part1store(row0 + 4u, first + 1u, matrix, s4_1); part1store(row0 + 4u, first + 2u, matrix, s4_2); part1store(row0 + 4u, first + 3u, matrix, s4_3); part1store(row0 + 5u, first + 0u, matrix, s5_0); part1store(row0 + 5u, first + 1u, matrix, s5_1); part1store(row0 + 5u, first + 2u, matrix, s5_2); part1store(row0 + 5u, first + 3u, matrix, s5_3); part1store(row0 + 6u, first + 0u, matrix, s6_0); part1store(row0 + 6u, first + 1u, matrix, s6_1); part1store(row0 + 6u, first + 2u, matrix, s6_2); part1store(row0 + 6u, first + 3u, matrix, s6_3); part1store(row0 + 7u, first + 0u, matrix, s7_0); part1store(row0 + 7u, first + 1u, matrix, s7_1); part1store(row0 + 7u, first + 2u, matrix, s7_2); part1store(row0 + 7u, first + 3u, matrix, s7_3);
  } else {
    var sums = array<f32, 32>(s0_0, s0_1, s0_2, s0_3, s1_0, s1_1, s1_2, s1_3, s2_0, s2_1, s2_2, s2_3, s3_0, s3_1, s3_2, s3_3, s4_0, s4_1, s4_2, s4_3, s5_0, s5_1, s5_2, s5_3, s6_0, s6_1, s6_2, s6_3, s7_0, s7_1, s7_2, s7_3);
    for (var i = 0u; i < 32u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * 1u;
      if (row < params.wide && column < params.inner) { part1store(row, column, matrix, sums[i]); }
    }
  }
}
@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  if (block < params.firstBlocks) { part0(block, lane); } else { part1(block - params.firstBlocks, lane); }
}
