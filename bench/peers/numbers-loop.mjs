// map → filter → map → sum over ten million numbers, by hand.
const repetitions = Number(process.argv[2] ?? 5);
const seconds = [];
let check;
for (let i = 0; i < repetitions; i++) {
  const start = performance.now();
  let sum = 0;
  for (let x = 0; x < 10_000_000; x++) {
    const y = x * 3;
    if (y % 2 === 0) sum += y + 1;
  }
  seconds.push((performance.now() - start) / 1000);
  check = sum;
}
console.log(JSON.stringify({ seconds: seconds.slice(1), check }));
