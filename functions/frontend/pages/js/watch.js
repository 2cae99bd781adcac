// Looking again and again, as often as something moves, and not at all while nobody looks at the page: every look
// keeps functions running that could sleep.

// watch calls look until signal aborts. After each look it rests for rest() milliseconds; Infinity means until
// poked. look deals with its own troubles. watch returns poke, which looks at once.
export function watch(signal, look, rest) {
  let wake = () => {};
  const turns = async () => {
    while (!signal.aborted) {
      await pause(rest(), signal, (resolve) => { wake = resolve; });
      if (document.hidden) await shown(signal);
      if (!signal.aborted) await look();
    }
  };
  turns();
  return () => wake();
}

async function pause(milliseconds, signal, hand) {
  const over = new AbortController();
  await new Promise((resolve) => {
    hand(resolve);
    signal.addEventListener("abort", resolve, { signal: over.signal });
    const timer = milliseconds === Infinity ? 0 : setTimeout(resolve, milliseconds);
    over.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  over.abort();
}

async function shown(signal) {
  const over = new AbortController();
  await new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { signal: over.signal });
    document.addEventListener("visibilitychange", () => document.hidden || resolve(), { signal: over.signal });
  });
  over.abort();
}
