// A process that tries an engine and meets what a driver may do; the folder it is given as the cache names it.
const { measure } = JSON.parse(process.argv[2] as string) as { measure: { cacheFolder: string } };
const told = (message: object) =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));
switch (measure.cacheFolder) {
  case 'crashes':
    process.stderr.write('the driver’s last words\n');
    process.kill(process.pid, 'SIGSEGV');
    break;
  case 'hangs':
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    break;
  case 'is interrupted':
    process.kill(process.pid, 'SIGINT');
    break;
  case 'crashes at its end':
    await told({ type: 'speed', speed: 7 });
    process.kill(process.pid, 'SIGSEGV');
}
