// Figures as people say them.

export function seconds(amount) {
  if (amount < 0.0005) return "0 ms";
  if (amount < 0.9995) return `${Number((1000 * amount).toPrecision(3))} ms`;
  if (amount < 99.5) return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} s`;
  if (amount < 99.5 * 60) return `${Math.round(amount / 60)} min`;
  if (amount < 48 * 3600) return `${(amount / 3600).toFixed(1)} h`;
  return `${Math.round(amount / 86400)} days`;
}

export function bytes(amount) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 || amount >= 99.5 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

export const count = (amount) => amount.toLocaleString("en");
export const plural = (amount, word) => `${count(amount)} ${word}${amount === 1 ? "" : "s"}`;
export const percent = (share) => `${Math.round(100 * share)} %`;
export const clock = (moment) => new Date(1000 * moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
