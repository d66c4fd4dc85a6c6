const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY = 86_400_000;

/**
 * A date as C's `strftime` writes it in the C locale. `time` in ms since 1970, `zone` in minutes
 * east of UTC. Undefined when the format has a conversion that is none.
 */
export function strftime(format: string, time: number, zone: number): string | undefined {
  const date = new Date(time + zone * 60_000);
  let isValid = true;
  const text = format.replace(/%([EO]?)(.?)/gs, (_all, _modifier, letter: string) => {
    const written = conversion(letter, date, zone);
    isValid &&= written !== undefined;
    return written ?? "";
  });
  return isValid ? text : undefined;
}

function conversion(letter: string, date: Date, zone: number): string | undefined {
  const part = (format: string) => strftime(format, date.getTime() - zone * 60_000, zone);
  const year = date.getUTCFullYear();
  const yearDay = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / DAY);
  const weekDay = date.getUTCDay();
  switch (letter) {
    case "a":
      return DAYS[weekDay]?.slice(0, 3);
    case "A":
      return DAYS[weekDay];
    case "b":
    case "h":
      return MONTHS[date.getUTCMonth()]?.slice(0, 3);
    case "B":
      return MONTHS[date.getUTCMonth()];
    case "c":
      return part("%a %b %e %H:%M:%S %Y");
    case "C":
      return pad(Math.floor(year / 100));
    case "d":
      return pad(date.getUTCDate());
    case "D":
    case "x":
      return part("%m/%d/%y");
    case "e":
      return pad(date.getUTCDate(), 2, " ");
    case "F":
      return part("%Y-%m-%d");
    case "g":
      return pad(isoWeek(date).year % 100);
    case "G":
      return String(isoWeek(date).year);
    case "H":
      return pad(date.getUTCHours());
    case "I":
      return pad(date.getUTCHours() % 12 || 12);
    case "j":
      return pad(yearDay + 1, 3);
    case "m":
      return pad(date.getUTCMonth() + 1);
    case "M":
      return pad(date.getUTCMinutes());
    case "n":
      return "\n";
    case "p":
      return date.getUTCHours() < 12 ? "AM" : "PM";
    case "r":
      return part("%I:%M:%S %p");
    case "R":
      return part("%H:%M");
    case "s":
      return String(Math.floor((date.getTime() - zone * 60_000) / 1000));
    case "S":
      return pad(date.getUTCSeconds());
    case "t":
      return "\t";
    case "T":
    case "X":
      return part("%H:%M:%S");
    case "u":
      return String(weekDay || 7);
    case "U":
      return pad(Math.floor((yearDay + 7 - weekDay) / 7));
    case "V":
      return pad(isoWeek(date).week);
    case "w":
      return String(weekDay);
    case "W":
      return pad(Math.floor((yearDay + 7 - ((weekDay + 6) % 7)) / 7));
    case "y":
      return pad(year % 100);
    case "Y":
      return String(year);
    case "z":
      return `${zone < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(zone) / 60))}${
        pad(Math.abs(zone) % 60)
      }`;
    case "Z":
      return zone === 0 ? "GMT" : "";
    case "%":
      return "%";
    default:
      return undefined;
  }
}

function pad(value: number, width = 2, filler = "0"): string {
  return String(value).padStart(width, filler);
}

/** Week and year by ISO 8601: week 1 has the year's first Thursday. */
function isoWeek(date: Date): { week: number; year: number } {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY);
  const year = thursday.getUTCFullYear();
  return { week: 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY)), year };
}
