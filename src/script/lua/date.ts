const DAY = 86_400_000;

/**
 * The fields of a date as Lua's `os.date("*t")` names them, and `msec`: months, week days (Sunday
 * first) and days of the year count from 1. `time` in ms since 1970, `zone` in minutes.
 */
export function dateFields(time: number, zone: number): [name: string, value: number][] {
  const date = new Date(time + zone * 60_000);
  if (Number.isNaN(date.getTime())) return [];
  const year = date.getUTCFullYear();
  return [
    ["year", year],
    ["month", date.getUTCMonth() + 1],
    ["day", date.getUTCDate()],
    ["yday", Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / DAY) + 1],
    ["wday", date.getUTCDay() + 1],
    ["hour", date.getUTCHours()],
    ["min", date.getUTCMinutes()],
    ["sec", date.getUTCSeconds()],
    ["msec", date.getUTCMilliseconds()],
  ];
}
