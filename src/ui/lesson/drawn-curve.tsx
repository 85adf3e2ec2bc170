/** A curve that the reader draws over rounds before there is one: with a pointer, or round by round with the keys of a slider. Knows no run. */
import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { percent } from '../../shares.ts';
import { useWidth } from '../charts/figure.tsx';
import { roundLabel } from '../charts/parts.ts';
import { say } from '../language/language.ts';
import { afterKey, type Drawn, type Frame, type Point, pointOf, stroke, withShare } from './drawing.ts';

/** What was drawn; a curve that nobody touched is no guess. */
export type Drawing = { readonly drawn: Drawn; readonly touched: boolean };

/** Half of everything: as good as no guess at all. */
export function undrawn(rounds: number): Drawing {
  return { drawn: Array.from({ length: rounds + 1 }, () => 0.5), touched: false };
}

const HEIGHT = 260;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** Below this width a round's number has to do. */
const NARROW = 460;

export function DrawnCurve({ drawing, label }: { readonly drawing: Signal<Drawing>; readonly label: string }) {
  const { element, width, wider } = useWidth();
  /** Where the pointer was last while it draws. */
  const pen = useRef<Point | null>(null);
  const { drawn, touched } = drawing.value;
  const rounds = drawn.length - 1;
  // it is drawn into with a finger, so it never scrolls: where it is narrow its letters alone stay as large as others
  const frame: Frame = { width, height: HEIGHT, left: 23 + 33 * wider, right: 28, top: 14, bottom: 16 + 14 * wider, rounds };
  const place = drawn.map((share, round) => pointOf(frame, round, share));

  const at = (event: PointerEvent & { readonly currentTarget: Element }): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * width) / box.width, y: ((event.clientY - box.top) * HEIGHT) / box.height };
  };
  const draw = (to: Point): void => {
    drawing.value = { drawn: stroke(drawing.value.drawn, frame, pen.current ?? to, to), touched: true };
    pen.current = to;
  };
  const press = (event: KeyboardEvent, round: number): void => {
    const share = afterKey(event.key, drawn[round] ?? 0);
    if (share === null) return;
    event.preventDefault();
    drawing.value = { drawn: withShare(drawn, round, share), touched: true };
  };

  return (
    <div class="drawn-curve" ref={element} data-touched={touched}>
      {width > 0 && (
        <svg
          style={{ '--wider': wider }}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="group"
          aria-label={label}
          data-testid="drawn-curve"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            pen.current = null;
            draw(at(event));
          }}
          onPointerMove={(event) => pen.current !== null && draw(at(event))}
          onPointerUp={() => (pen.current = null)}
          onPointerCancel={() => (pen.current = null)}
        >
          <rect width={width} height={HEIGHT} fill="transparent" />
          {TICKS.map((tick) => {
            const { y } = pointOf(frame, 0, tick);
            return (
              <g key={tick} aria-hidden="true">
                <line class="drawn-grid" x1={frame.left} x2={width - frame.right} y1={y} y2={y} />
                <text x={frame.left - 8} y={y} text-anchor="end" dominant-baseline="middle">
                  {percent(tick)}
                </text>
              </g>
            );
          })}
          <polyline class="drawn-line" points={place.map(({ x, y }) => `${x},${y}`).join(' ')} aria-hidden="true" />
          {place.map(({ x, y }, round) => (
            <g key={round}>
              {(wider === 1 || round % 2 === 0) && (
                <text x={x} y={HEIGHT - 8} text-anchor="middle" aria-hidden="true">
                  {roundLabel(round, width < NARROW)}
                </text>
              )}
              <circle
                class="drawn-handle"
                cx={x}
                cy={y}
                r={9}
                role="slider"
                tabindex={0}
                aria-label={round === 0 ? say('before any round') : say('after round {round}', { round })}
                aria-orientation="vertical"
                aria-valuemin={0}
                aria-valuemax={100}
                aria-valuenow={Math.round((drawn[round] ?? 0) * 100)}
                aria-valuetext={percent(drawn[round] ?? 0)}
                onKeyDown={(event) => press(event, round)}
              />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
