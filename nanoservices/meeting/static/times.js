// Times in the room's own time zone, which the browser knows and the service does not.
const clock = document.getElementById("clock");
const time = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

// The day, where it is another one than `than`.
function day(at, than) {
  if (at.toDateString() === than.toDateString()) return "";
  const next = new Date(than.getFullYear(), than.getMonth(), than.getDate() + 1);
  return at.toDateString() === next.toDateString() ? "tomorrow, " : `${at.toLocaleDateString("en", { weekday: "long" })}, `;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The time of day, the end of the meeting in it, and what comes next.
export function sayTimes() {
  const now = new Date();
  say(clock, time(now));
  for (const ends of document.querySelectorAll(".ends:empty")) {
    const minute = Math.round((Date.now() + ends.dataset.in * 1000) / 60000); // it is told in seconds that have passed since
    say(ends, `until ${time(new Date(minute * 60000))}`);
  }
  let before = now;
  for (const said of document.querySelectorAll(".agenda time")) {
    const at = new Date(said.dateTime);
    say(said, day(at, said.className === "till" ? before : now) + time(at));
    before = at;
  }
  for (const free of document.querySelectorAll(".free")) {
    const isToday = new Date(free.querySelector("time").dateTime).toDateString() === now.toDateString();
    [free.firstElementChild.hidden, free.lastElementChild.hidden] = [!isToday, isToday];
  }
}
