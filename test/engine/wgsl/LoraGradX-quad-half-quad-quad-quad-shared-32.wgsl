// LoraGradX quad half quad quad quad shared 32

struct Params { blocks: u32, rows: u32, inner: u32, out: u32, rank: u32, wide: u32, a: u32, b: u32, end0: u32, end1: u32, firstBlocks: u32 }
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<i32>;
@group(0) @binding(2) var<storage, read> dLow: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> arena: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;
var<workgroup> tileA: array<f32, 576>;
var<workgroup> tileB: array<f32, 576>;


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
  let across = (params.inner + 31u) / 32u;
  let down = (params.rows + 31u) / 32u;
  let tiles = across * down * 1u;
  let tile = block;
  
  let column0 = (tile % across) * 32u;
  let row0 = (tile / across % down) * 32u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 32u, params.rows) - 1u;
  let column1 = min(column0 + 32u, params.inner) - 1u;
  let slice = lane / 64u;
  let mine = lane % 64u;
  let x = mine % 8u;
  let y = mine / 8u;
  var s0 = 0.0; var s1 = 0.0; var s2 = 0.0; var s3 = 0.0; var s4 = 0.0; var s5 = 0.0; var s6 = 0.0; var s7 = 0.0; var s8 = 0.0; var s9 = 0.0; var s10 = 0.0; var s11 = 0.0; var s12 = 0.0; var s13 = 0.0; var s14 = 0.0; var s15 = 0.0;
  
  {
  let to = params.out;
  for (var k0 = 0u; k0 < to; k0 += 16u) {
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.rows - 1u);
        value = part0a0(part0a0start(outer, matrix), outer, k0 + k);
      }
      tileA[(k + 0u) * 34u + o] = value.x; tileA[(k + 1u) * 34u + o] = value.y; tileA[(k + 2u) * 34u + o] = value.z; tileA[(k + 3u) * 34u + o] = value.w;
    }
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i % 8u * 4u; let k = i / 8u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.inner - 4u);
        value = part0b0(part0b0start(outer, matrix), outer, k0 + k);
      }
      tileB[k * 34u + o + 0u] = value.x; tileB[k * 34u + o + 1u] = value.y; tileB[k * 34u + o + 2u] = value.z; tileB[k * 34u + o + 3u] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 16u; k < slice * 16u + 16u; k++) {
      let a0 = tileA[k * 34u + y + 0u]; let a1 = tileA[k * 34u + y + 8u]; let a2 = tileA[k * 34u + y + 16u]; let a3 = tileA[k * 34u + y + 24u];
      let b0 = tileB[k * 34u + x + 0u]; let b1 = tileB[k * 34u + x + 8u]; let b2 = tileB[k * 34u + x + 16u]; let b3 = tileB[k * 34u + x + 24u];
      s0 = fma(a0, b0, s0); s1 = fma(a0, b1, s1); s2 = fma(a0, b2, s2); s3 = fma(a0, b3, s3); s4 = fma(a1, b0, s4); s5 = fma(a1, b1, s5); s6 = fma(a1, b2, s6); s7 = fma(a1, b3, s7); s8 = fma(a2, b0, s8); s9 = fma(a2, b1, s9); s10 = fma(a2, b2, s10); s11 = fma(a2, b3, s11); s12 = fma(a3, b0, s12); s13 = fma(a3, b1, s13); s14 = fma(a3, b2, s14); s15 = fma(a3, b3, s15);
    }
    workgroupBarrier();
  }
  }
  {
  let to = params.wide;
  for (var k0 = 0u; k0 < to; k0 += 16u) {
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.rows - 1u);
        value = part0a1(part0a1start(outer, matrix), outer, k0 + k);
      }
      tileA[(k + 0u) * 34u + o] = value.x; tileA[(k + 1u) * 34u + o] = value.y; tileA[(k + 2u) * 34u + o] = value.z; tileA[(k + 3u) * 34u + o] = value.w;
    }
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i % 8u * 4u; let k = i / 8u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.inner - 4u);
        value = part0b1(part0b1start(outer, matrix), outer, k0 + k);
      }
      tileB[k * 34u + o + 0u] = value.x; tileB[k * 34u + o + 1u] = value.y; tileB[k * 34u + o + 2u] = value.z; tileB[k * 34u + o + 3u] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 16u; k < slice * 16u + 16u; k++) {
      let a0 = tileA[k * 34u + y + 0u]; let a1 = tileA[k * 34u + y + 8u]; let a2 = tileA[k * 34u + y + 16u]; let a3 = tileA[k * 34u + y + 24u];
      let b0 = tileB[k * 34u + x + 0u]; let b1 = tileB[k * 34u + x + 8u]; let b2 = tileB[k * 34u + x + 16u]; let b3 = tileB[k * 34u + x + 24u];
      s0 = fma(a0, b0, s0); s1 = fma(a0, b1, s1); s2 = fma(a0, b2, s2); s3 = fma(a0, b3, s3); s4 = fma(a1, b0, s4); s5 = fma(a1, b1, s5); s6 = fma(a1, b2, s6); s7 = fma(a1, b3, s7); s8 = fma(a2, b0, s8); s9 = fma(a2, b1, s9); s10 = fma(a2, b2, s10); s11 = fma(a2, b3, s11); s12 = fma(a3, b0, s12); s13 = fma(a3, b1, s13); s14 = fma(a3, b2, s14); s15 = fma(a3, b3, s15);
    }
    workgroupBarrier();
  }
  }
  
  writepart0(row0 + y + 0u, column0 + x + 0u, matrix, s0);
  writepart0(row0 + y + 0u, column0 + x + 8u, matrix, s1);
  writepart0(row0 + y + 0u, column0 + x + 16u, matrix, s2);
  writepart0(row0 + y + 0u, column0 + x + 24u, matrix, s3);
  writepart0(row0 + y + 8u, column0 + x + 0u, matrix, s4);
  writepart0(row0 + y + 8u, column0 + x + 8u, matrix, s5);
  writepart0(row0 + y + 8u, column0 + x + 16u, matrix, s6);
  writepart0(row0 + y + 8u, column0 + x + 24u, matrix, s7);
  writepart0(row0 + y + 16u, column0 + x + 0u, matrix, s8);
  writepart0(row0 + y + 16u, column0 + x + 8u, matrix, s9);
  writepart0(row0 + y + 16u, column0 + x + 16u, matrix, s10);
  writepart0(row0 + y + 16u, column0 + x + 24u, matrix, s11);
  writepart0(row0 + y + 24u, column0 + x + 0u, matrix, s12);
  writepart0(row0 + y + 24u, column0 + x + 8u, matrix, s13);
  writepart0(row0 + y + 24u, column0 + x + 16u, matrix, s14);
  writepart0(row0 + y + 24u, column0 + x + 24u, matrix, s15);
}
fn writepart0(row: u32, column: u32, matrix: u32, sum: f32) {
  if (row < params.rows && column < params.inner) { part0store(row, column, matrix, sum); }
}

fn part1a0start(o: u32, matrix: u32) -> u32 { return o; }
fn part1a0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), dLow[(start + k * params.wide) / 4u], k < params.rows); }
fn part1b0start(o: u32, matrix: u32) -> u32 { return o; }
fn part1b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), x[(start + k * params.inner) / 4u], k < params.rows); }
fn part1store(row: u32, column: u32, matrix: u32, sum: f32) {
  gradients[params.a + row * params.inner + column] = sum;
}
fn part1(block: u32, lane: u32) {
  let across = (params.inner + 15u) / 16u;
  let down = (params.wide + 15u) / 16u;
  let tiles = across * down * 1u;
  let tile = block;
  
  let column0 = (tile % across) * 16u;
  let row0 = (tile / across % down) * 16u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 16u, params.wide) - 1u;
  let column1 = min(column0 + 16u, params.inner) - 1u;
  let slice = lane / 16u;
  let mine = lane % 16u;
  let x = mine % 4u;
  let y = mine / 4u;
  var s0 = 0.0; var s1 = 0.0; var s2 = 0.0; var s3 = 0.0; var s4 = 0.0; var s5 = 0.0; var s6 = 0.0; var s7 = 0.0; var s8 = 0.0; var s9 = 0.0; var s10 = 0.0; var s11 = 0.0; var s12 = 0.0; var s13 = 0.0; var s14 = 0.0; var s15 = 0.0;
  
  {
  let to = params.rows;
  for (var k0 = 0u; k0 < to; k0 += 32u) {
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i % 4u * 4u; let k = i / 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.wide - 4u);
        value = part1a0(part1a0start(outer, matrix), outer, k0 + k);
      }
      tileA[k * 18u + o + 0u] = value.x; tileA[k * 18u + o + 1u] = value.y; tileA[k * 18u + o + 2u] = value.z; tileA[k * 18u + o + 3u] = value.w;
    }
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i % 4u * 4u; let k = i / 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.inner - 4u);
        value = part1b0(part1b0start(outer, matrix), outer, k0 + k);
      }
      tileB[k * 18u + o + 0u] = value.x; tileB[k * 18u + o + 1u] = value.y; tileB[k * 18u + o + 2u] = value.z; tileB[k * 18u + o + 3u] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 8u; k < slice * 8u + 8u; k++) {
      let a0 = tileA[k * 18u + y + 0u]; let a1 = tileA[k * 18u + y + 4u]; let a2 = tileA[k * 18u + y + 8u]; let a3 = tileA[k * 18u + y + 12u];
      let b0 = tileB[k * 18u + x + 0u]; let b1 = tileB[k * 18u + x + 4u]; let b2 = tileB[k * 18u + x + 8u]; let b3 = tileB[k * 18u + x + 12u];
      s0 = fma(a0, b0, s0); s1 = fma(a0, b1, s1); s2 = fma(a0, b2, s2); s3 = fma(a0, b3, s3); s4 = fma(a1, b0, s4); s5 = fma(a1, b1, s5); s6 = fma(a1, b2, s6); s7 = fma(a1, b3, s7); s8 = fma(a2, b0, s8); s9 = fma(a2, b1, s9); s10 = fma(a2, b2, s10); s11 = fma(a2, b3, s11); s12 = fma(a3, b0, s12); s13 = fma(a3, b1, s13); s14 = fma(a3, b2, s14); s15 = fma(a3, b3, s15);
    }
    workgroupBarrier();
  }
  }
  
  if (slice == 1u) { tileA[0u + mine] = s0; tileA[16u + mine] = s1; tileA[32u + mine] = s2; tileA[48u + mine] = s3; tileA[64u + mine] = s4; tileA[80u + mine] = s5; tileA[96u + mine] = s6; tileA[112u + mine] = s7; tileA[128u + mine] = s8; tileA[144u + mine] = s9; tileA[160u + mine] = s10; tileA[176u + mine] = s11; tileA[192u + mine] = s12; tileA[208u + mine] = s13; tileA[224u + mine] = s14; tileA[240u + mine] = s15; }
  workgroupBarrier();
  if (slice == 0u) { s0 += tileA[0u + mine]; s1 += tileA[16u + mine]; s2 += tileA[32u + mine]; s3 += tileA[48u + mine]; s4 += tileA[64u + mine]; s5 += tileA[80u + mine]; s6 += tileA[96u + mine]; s7 += tileA[112u + mine]; s8 += tileA[128u + mine]; s9 += tileA[144u + mine]; s10 += tileA[160u + mine]; s11 += tileA[176u + mine]; s12 += tileA[192u + mine]; s13 += tileA[208u + mine]; s14 += tileA[224u + mine]; s15 += tileA[240u + mine]; }
  workgroupBarrier();
  if (slice == 2u) { tileA[0u + mine] = s0; tileA[16u + mine] = s1; tileA[32u + mine] = s2; tileA[48u + mine] = s3; tileA[64u + mine] = s4; tileA[80u + mine] = s5; tileA[96u + mine] = s6; tileA[112u + mine] = s7; tileA[128u + mine] = s8; tileA[144u + mine] = s9; tileA[160u + mine] = s10; tileA[176u + mine] = s11; tileA[192u + mine] = s12; tileA[208u + mine] = s13; tileA[224u + mine] = s14; tileA[240u + mine] = s15; }
  workgroupBarrier();
  if (slice == 0u) { s0 += tileA[0u + mine]; s1 += tileA[16u + mine]; s2 += tileA[32u + mine]; s3 += tileA[48u + mine]; s4 += tileA[64u + mine]; s5 += tileA[80u + mine]; s6 += tileA[96u + mine]; s7 += tileA[112u + mine]; s8 += tileA[128u + mine]; s9 += tileA[144u + mine]; s10 += tileA[160u + mine]; s11 += tileA[176u + mine]; s12 += tileA[192u + mine]; s13 += tileA[208u + mine]; s14 += tileA[224u + mine]; s15 += tileA[240u + mine]; }
  workgroupBarrier();
  if (slice == 3u) { tileA[0u + mine] = s0; tileA[16u + mine] = s1; tileA[32u + mine] = s2; tileA[48u + mine] = s3; tileA[64u + mine] = s4; tileA[80u + mine] = s5; tileA[96u + mine] = s6; tileA[112u + mine] = s7; tileA[128u + mine] = s8; tileA[144u + mine] = s9; tileA[160u + mine] = s10; tileA[176u + mine] = s11; tileA[192u + mine] = s12; tileA[208u + mine] = s13; tileA[224u + mine] = s14; tileA[240u + mine] = s15; }
  workgroupBarrier();
  if (slice == 0u) { s0 += tileA[0u + mine]; s1 += tileA[16u + mine]; s2 += tileA[32u + mine]; s3 += tileA[48u + mine]; s4 += tileA[64u + mine]; s5 += tileA[80u + mine]; s6 += tileA[96u + mine]; s7 += tileA[112u + mine]; s8 += tileA[128u + mine]; s9 += tileA[144u + mine]; s10 += tileA[160u + mine]; s11 += tileA[176u + mine]; s12 += tileA[192u + mine]; s13 += tileA[208u + mine]; s14 += tileA[224u + mine]; s15 += tileA[240u + mine]; }
  workgroupBarrier();
  if (slice > 0u) { return; }
  writepart1(row0 + y + 0u, column0 + x + 0u, matrix, s0);
  writepart1(row0 + y + 0u, column0 + x + 4u, matrix, s1);
  writepart1(row0 + y + 0u, column0 + x + 8u, matrix, s2);
  writepart1(row0 + y + 0u, column0 + x + 12u, matrix, s3);
  writepart1(row0 + y + 4u, column0 + x + 0u, matrix, s4);
  writepart1(row0 + y + 4u, column0 + x + 4u, matrix, s5);
  writepart1(row0 + y + 4u, column0 + x + 8u, matrix, s6);
  writepart1(row0 + y + 4u, column0 + x + 12u, matrix, s7);
  writepart1(row0 + y + 8u, column0 + x + 0u, matrix, s8);
  writepart1(row0 + y + 8u, column0 + x + 4u, matrix, s9);
  writepart1(row0 + y + 8u, column0 + x + 8u, matrix, s10);
  writepart1(row0 + y + 8u, column0 + x + 12u, matrix, s11);
  writepart1(row0 + y + 12u, column0 + x + 0u, matrix, s12);
  writepart1(row0 + y + 12u, column0 + x + 4u, matrix, s13);
  writepart1(row0 + y + 12u, column0 + x + 8u, matrix, s14);
  writepart1(row0 + y + 12u, column0 + x + 12u, matrix, s15);
}
fn writepart1(row: u32, column: u32, matrix: u32, sum: f32) {
  if (row < params.wide && column < params.inner) { part1store(row, column, matrix, sum); }
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  if (block < params.firstBlocks) { part0(block, lane); } else { part1(block - params.firstBlocks, lane); }
}
