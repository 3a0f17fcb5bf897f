// Days of the Gantt chart. A date is the local midnight at which it begins; lengths are counted by
// the calendar that the server told.

export const parse = (text) => {
  const [year, month, day] = text.split('-').map(Number);
  return new Date(year, month - 1, day);
};
export const plus = (day, count) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);
export const two = (number) => String(number).padStart(2, '0');
export const iso = (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
/** Whole days from one date to the other; a change of the clock's hour does not matter. */
export const apart = (from, to) => Math.round((to - from) / 864e5);

/** Working days. `rests`: [first day, number of days] of each run of days off between two days;
    outside of them only weekends are known. */
export const calendar = (rests, first, last) => {
  const off = new Set();
  rests.forEach(([from, length]) => {
    for (let n = 0; n < length; n += 1) off.add(iso(plus(parse(from), n)));
  });
  const isWork = (day) => (day >= first && day <= last ? !off.has(iso(day)) : day.getDay() % 6 !== 0);
  const firstWork = (day) => {
    let found = day;
    while (!isWork(found)) found = plus(found, 1);
    return found;
  };
  return {
    firstWork,
    /** How many working days lie between the two, both included. */
    count: (from, to) => {
      let sum = 0;
      for (let day = from; day <= to; day = plus(day, 1)) sum += isWork(day) ? 1 : 0;
      return sum;
    },
    /** The last of so many working days from `start` on. */
    finishAfter: (start, length) => {
      let day = firstWork(start);
      for (let n = 1; n < length; n += 1) day = firstWork(plus(day, 1));
      return day;
    },
  };
};
