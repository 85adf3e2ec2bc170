// The gated activation silu(gate) * up, forward and backward, element by element; gate and up are the halves of a row.
import { exp1, exp16, exp4 } from './lib/math';

/** e = exp(-x) for sixteen numbers. */
// @ts-ignore: decorator
@inline
function expMinus16(x: usize, e: usize): void {
  const zero = f32x4.splat(0);
  exp16(x, e, 16, f32x4.splat(-1), zero, zero, zero, zero, false, zero);
}

/** 1 / (1 + e) for e = exp(-x) */
// @ts-ignore: decorator
@inline
function sigmoid(e: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
}

/** y = gate * sigmoid(gate) * up where y is exp(-gate) before, four numbers */
// @ts-ignore: decorator
@inline
function gated(gate: usize, up: usize, y: usize): void {
  v128.store(y, f32x4.mul(f32x4.mul(v128.load(gate), sigmoid(v128.load(y))), v128.load(up)));
}

/** y = gate * sigmoid(gate) * up, `n` numbers */
function row(gate: usize, up: usize, y: usize, n: i32): void {
  const end = gate + (n << 2);
  for (; gate + 64 <= end; gate += 64, up += 64, y += 64) {
    expMinus16(gate, y);
    for (let i = 0; i < 64; i += 16) gated(gate + i, up + i, y + i);
  }
  for (; gate + 16 <= end; gate += 16, up += 16, y += 16) {
    v128.store(y, exp4(f32x4.neg(v128.load(gate))));
    gated(gate, up, y);
  }
  for (; gate < end; gate += 4, up += 4, y += 4) {
    const g = load<f32>(gate);
    const s = <f32>1 / (<f32>1 + exp1(-g));
    store<f32>(y, g * s * load<f32>(up));
  }
}

/** `rowGrad` of four numbers where dGate is exp(-gate) before */
// @ts-ignore: decorator
@inline
function gatedGrad(gate: usize, up: usize, dy: usize, dGate: usize, dUp: usize): void {
  const one = f32x4.splat(1);
  const g = v128.load(gate);
  const d = v128.load(dy);
  const s = sigmoid(v128.load(dGate));
  const slope = f32x4.mul(s, f32x4.add(one, f32x4.mul(g, f32x4.sub(one, s))));
  v128.store(dGate, f32x4.mul(f32x4.mul(d, v128.load(up)), slope));
  v128.store(dUp, f32x4.mul(d, f32x4.mul(g, s)));
}

/** dGate = dy * up * s * (1 + gate * (1 - s)), dUp = dy * gate * s, with s = sigmoid(gate), `n` numbers */
function rowGrad(gate: usize, up: usize, dy: usize, dGate: usize, dUp: usize, n: i32): void {
  const end = gate + (n << 2);
  for (; gate + 64 <= end; gate += 64, up += 64, dy += 64, dGate += 64, dUp += 64) {
    expMinus16(gate, dGate);
    for (let i = 0; i < 64; i += 16) gatedGrad(gate + i, up + i, dy + i, dGate + i, dUp + i);
  }
  for (; gate + 16 <= end; gate += 16, up += 16, dy += 16, dGate += 16, dUp += 16) {
    v128.store(dGate, exp4(f32x4.neg(v128.load(gate))));
    gatedGrad(gate, up, dy, dGate, dUp);
  }
  for (; gate < end; gate += 4, up += 4, dy += 4, dGate += 4, dUp += 4) {
    const g = load<f32>(gate);
    const d = load<f32>(dy);
    const s = <f32>1 / (<f32>1 + exp1(-g));
    store<f32>(dGate, d * load<f32>(up) * (s * (<f32>1 + g * (<f32>1 - s))));
    store<f32>(dUp, d * (g * s));
  }
}

/** y [M,F] from gateUp [M,2F]. */
export function swiglu(gateUp: usize, y: usize, M: i32, F: i32): void {
  for (let m = 0; m < M; m++) {
    row(gateUp, gateUp + (F << 2), y, F);
    gateUp += F << 3;
    y += F << 2;
  }
}

/** dGateUp [M,2F] from dy [M,F]. */
export function swigluGrad(gateUp: usize, dy: usize, dGateUp: usize, M: i32, F: i32): void {
  for (let m = 0; m < M; m++) {
    rowGrad(gateUp, gateUp + (F << 2), dy, dGateUp, dGateUp + (F << 2), F);
    gateUp += F << 3;
    dGateUp += F << 3;
    dy += F << 2;
  }
}
