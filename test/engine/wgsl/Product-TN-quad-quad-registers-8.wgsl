// Product TN quad quad registers 8

struct Params { blocks: u32, rows: u32, columns: u32, inner: u32, matrices: u32 }
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;


fn part0a0start(o: u32, matrix: u32) -> u32 { return matrix * params.rows * params.inner + o; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), a[(start + k * params.rows) / 4u], k < params.inner); }
fn part0b0start(o: u32, matrix: u32) -> u32 { return matrix * params.inner * params.columns + o; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), b[(start + k * params.columns) / 4u], k < params.inner); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  c[(matrix * params.rows + row) * params.columns + column] = sum;
}
fn part0(block: u32, lane: u32) {
  let across = (params.columns + 3u) / 4u;
  let down = (params.rows + 7u) / 8u;
  let tiles = across * down * params.matrices;
  let number = block * 16u + lane;
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  
  let column0 = (tile % across) * 4u;
  let row0 = (tile / across % down) * 8u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 8u, params.rows) - 1u;
  let column1 = min(column0 + 4u, params.columns) - 1u;
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
  let xo0 = min(row0 + 0u, params.rows - 4u); let xs0 = part0a0start(xo0, matrix); let xo1 = min(row0 + 4u, params.rows - 4u); let xs1 = part0a0start(xo1, matrix);
  let yo0 = min(first, params.columns - 4u); let ys0 = part0b0start(yo0, matrix);
  let to = params.inner;
  for (var k = 0u; k < to; k += 4u) {
    let y0 = part0b0(ys0, yo0, k + 0u); let y1 = part0b0(ys0, yo0, k + 1u); let y2 = part0b0(ys0, yo0, k + 2u); let y3 = part0b0(ys0, yo0, k + 3u);
    { let x0 = part0a0(xs0, xo0, k + 0u); let x1 = part0a0(xs0, xo0, k + 1u); let x2 = part0a0(xs0, xo0, k + 2u); let x3 = part0a0(xs0, xo0, k + 3u);
      s0_0 = fma(x3.x, y3.x, fma(x2.x, y2.x, fma(x1.x, y1.x, fma(x0.x, y0.x, s0_0)))); s0_1 = fma(x3.x, y3.y, fma(x2.x, y2.y, fma(x1.x, y1.y, fma(x0.x, y0.y, s0_1)))); s0_2 = fma(x3.x, y3.z, fma(x2.x, y2.z, fma(x1.x, y1.z, fma(x0.x, y0.z, s0_2)))); s0_3 = fma(x3.x, y3.w, fma(x2.x, y2.w, fma(x1.x, y1.w, fma(x0.x, y0.w, s0_3))));
      s1_0 = fma(x3.y, y3.x, fma(x2.y, y2.x, fma(x1.y, y1.x, fma(x0.y, y0.x, s1_0)))); s1_1 = fma(x3.y, y3.y, fma(x2.y, y2.y, fma(x1.y, y1.y, fma(x0.y, y0.y, s1_1)))); s1_2 = fma(x3.y, y3.z, fma(x2.y, y2.z, fma(x1.y, y1.z, fma(x0.y, y0.z, s1_2)))); s1_3 = fma(x3.y, y3.w, fma(x2.y, y2.w, fma(x1.y, y1.w, fma(x0.y, y0.w, s1_3))));
      s2_0 = fma(x3.z, y3.x, fma(x2.z, y2.x, fma(x1.z, y1.x, fma(x0.z, y0.x, s2_0)))); s2_1 = fma(x3.z, y3.y, fma(x2.z, y2.y, fma(x1.z, y1.y, fma(x0.z, y0.y, s2_1)))); s2_2 = fma(x3.z, y3.z, fma(x2.z, y2.z, fma(x1.z, y1.z, fma(x0.z, y0.z, s2_2)))); s2_3 = fma(x3.z, y3.w, fma(x2.z, y2.w, fma(x1.z, y1.w, fma(x0.z, y0.w, s2_3))));
      s3_0 = fma(x3.w, y3.x, fma(x2.w, y2.x, fma(x1.w, y1.x, fma(x0.w, y0.x, s3_0)))); s3_1 = fma(x3.w, y3.y, fma(x2.w, y2.y, fma(x1.w, y1.y, fma(x0.w, y0.y, s3_1)))); s3_2 = fma(x3.w, y3.z, fma(x2.w, y2.z, fma(x1.w, y1.z, fma(x0.w, y0.z, s3_2)))); s3_3 = fma(x3.w, y3.w, fma(x2.w, y2.w, fma(x1.w, y1.w, fma(x0.w, y0.w, s3_3)))); }
    { let x0 = part0a0(xs1, xo1, k + 0u); let x1 = part0a0(xs1, xo1, k + 1u); let x2 = part0a0(xs1, xo1, k + 2u); let x3 = part0a0(xs1, xo1, k + 3u);
      s4_0 = fma(x3.x, y3.x, fma(x2.x, y2.x, fma(x1.x, y1.x, fma(x0.x, y0.x, s4_0)))); s4_1 = fma(x3.x, y3.y, fma(x2.x, y2.y, fma(x1.x, y1.y, fma(x0.x, y0.y, s4_1)))); s4_2 = fma(x3.x, y3.z, fma(x2.x, y2.z, fma(x1.x, y1.z, fma(x0.x, y0.z, s4_2)))); s4_3 = fma(x3.x, y3.w, fma(x2.x, y2.w, fma(x1.x, y1.w, fma(x0.x, y0.w, s4_3))));
      s5_0 = fma(x3.y, y3.x, fma(x2.y, y2.x, fma(x1.y, y1.x, fma(x0.y, y0.x, s5_0)))); s5_1 = fma(x3.y, y3.y, fma(x2.y, y2.y, fma(x1.y, y1.y, fma(x0.y, y0.y, s5_1)))); s5_2 = fma(x3.y, y3.z, fma(x2.y, y2.z, fma(x1.y, y1.z, fma(x0.y, y0.z, s5_2)))); s5_3 = fma(x3.y, y3.w, fma(x2.y, y2.w, fma(x1.y, y1.w, fma(x0.y, y0.w, s5_3))));
      s6_0 = fma(x3.z, y3.x, fma(x2.z, y2.x, fma(x1.z, y1.x, fma(x0.z, y0.x, s6_0)))); s6_1 = fma(x3.z, y3.y, fma(x2.z, y2.y, fma(x1.z, y1.y, fma(x0.z, y0.y, s6_1)))); s6_2 = fma(x3.z, y3.z, fma(x2.z, y2.z, fma(x1.z, y1.z, fma(x0.z, y0.z, s6_2)))); s6_3 = fma(x3.z, y3.w, fma(x2.z, y2.w, fma(x1.z, y1.w, fma(x0.z, y0.w, s6_3))));
      s7_0 = fma(x3.w, y3.x, fma(x2.w, y2.x, fma(x1.w, y1.x, fma(x0.w, y0.x, s7_0)))); s7_1 = fma(x3.w, y3.y, fma(x2.w, y2.y, fma(x1.w, y1.y, fma(x0.w, y0.y, s7_1)))); s7_2 = fma(x3.w, y3.z, fma(x2.w, y2.z, fma(x1.w, y1.z, fma(x0.w, y0.z, s7_2)))); s7_3 = fma(x3.w, y3.w, fma(x2.w, y2.w, fma(x1.w, y1.w, fma(x0.w, y0.w, s7_3)))); }
  }
  }
  if (number >= tiles) { return; }
  if (row0 + 8u <= params.rows && column0 + 4u <= params.columns) {
    part0store(row0 + 0u, first + 0u, matrix, s0_0); part0store(row0 + 0u, first + 1u, matrix, s0_1); part0store(row0 + 0u, first + 2u, matrix, s0_2); part0store(row0 + 0u, first + 3u, matrix, s0_3); part0store(row0 + 1u, first + 0u, matrix, s1_0); part0store(row0 + 1u, first + 1u, matrix, s1_1); part0store(row0 + 1u, first + 2u, matrix, s1_2); part0store(row0 + 1u, first + 3u, matrix, s1_3); part0store(row0 + 2u, first + 0u, matrix, s2_0); part0store(row0 + 2u, first + 1u, matrix, s2_1); part0store(row0 + 2u, first + 2u, matrix, s2_2); part0store(row0 + 2u, first + 3u, matrix, s2_3); part0store(row0 + 3u, first + 0u, matrix, s3_0); part0store(row0 + 3u, first + 1u, matrix, s3_1); part0store(row0 + 3u, first + 2u, matrix, s3_2); part0store(row0 + 3u, first + 3u, matrix, s3_3); part0store(row0 + 4u, first + 0u, matrix, s4_0); part0store(row0 + 4u, first + 1u, matrix, s4_1); part0store(row0 + 4u, first + 2u, matrix, s4_2); part0store(row0 + 4u, first + 3u, matrix, s4_3); part0store(row0 + 5u, first + 0u, matrix, s5_0); part0store(row0 + 5u, first + 1u, matrix, s5_1); part0store(row0 + 5u, first + 2u, matrix, s5_2); part0store(row0 + 5u, first + 3u, matrix, s5_3); part0store(row0 + 6u, first + 0u, matrix, s6_0); part0store(row0 + 6u, first + 1u, matrix, s6_1); part0store(row0 + 6u, first + 2u, matrix, s6_2); part0store(row0 + 6u, first + 3u, matrix, s6_3); part0store(row0 + 7u, first + 0u, matrix, s7_0); part0store(row0 + 7u, first + 1u, matrix, s7_1); part0store(row0 + 7u, first + 2u, matrix, s7_2); part0store(row0 + 7u, first + 3u, matrix, s7_3);
  } else {
    var sums = array<f32, 32>(s0_0, s0_1, s0_2, s0_3, s1_0, s1_1, s1_2, s1_3, s2_0, s2_1, s2_2, s2_3, s3_0, s3_1, s3_2, s3_3, s4_0, s4_1, s4_2, s4_3, s5_0, s5_1, s5_2, s5_3, s6_0, s6_1, s6_2, s6_3, s7_0, s7_1, s7_2, s7_3);
    for (var i = 0u; i < 32u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * 1u;
      if (row < params.rows && column < params.columns) { part0store(row, column, matrix, sums[i]); }
    }
  }
}
@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  part0(block, lane);
}
