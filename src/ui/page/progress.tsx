/** How far something long is, as a bar. Knows no run. */

type Props = {
  readonly label: string;
  /** From 0 to 1. */
  readonly share: number;
  /** What is said of it beside the share; the share alone without. */
  readonly text?: string;
  readonly status?: string;
};

export function ProgressBar({ label, share, text, status }: Props) {
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      {...(text === undefined ? {} : { 'aria-valuetext': text })}
      {...(status === undefined ? {} : { 'data-status': status })}
    >
      <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </div>
  );
}
