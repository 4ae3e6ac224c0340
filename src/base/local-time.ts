/** Dates and times of day as logs and batches show them: the local time zone, two digits each. */

/** `22:13:20` */
export function clockTime(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `2023-11-14`, with `-` as separator. */
export function calendarDate(date: Date, separator: string): string {
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join(separator);
}

/** The milliseconds of a time that is not a whole second, as a fraction: `.050`; else nothing. */
export function fraction(date: Date): string {
  const ms = date.getMilliseconds();
  return ms === 0 ? "" : `.${String(ms).padStart(3, "0")}`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
