import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { sendPart } from "../data/serve.js";
import { NativeCourse, places, pythonWithPip } from "./nativeCourse.js";

/** A test that is skipped, with the reason, where its stand-ins cannot run. */
function testNative(name: string, body: (course: NativeCourse) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    if (process.platform === "win32") return t.skip("the stand-in for the compiler is a shell script");
    const python = pythonWithPip();
    if (python === undefined) return t.skip("no Python with pip");
    await body(await NativeCourse.start(t, python));
  });
}

function assertNotSetUp(course: NativeCourse): void {
  assert.ok(!existsSync(course.path(places.binding)));
  assert.ok(!existsSync(course.path(`${places.package}/deps`)));
}

testNative("native TensorFlow is fetched, unpacked, compiled and put into the package", async (course) => {
  const { code, stdout, stderr } = await course.setup();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /tensorflow-cpu 2\.15\.1 fetched and verified/);
  assert.match(stdout, /Native TensorFlow: ready/);
  assert.equal(course.read(places.binding), "works\n");
  assert.equal(course.read(places.library), "library ".repeat(50_000));
  assert.equal(course.read(`${places.unpacked}/include/tensorflow/c/c_api.h`), "// header");
  assert.ok(!existsSync(course.path(`${places.unpacked}/python`)), "only what is needed is unpacked");
  const [one, other] = [places.library, `${places.unpacked}/libtensorflow_cc.so.2`].map((name) => statSync(course.path(name)));
  assert.equal(one.ino, other.ino, "the library is on the disk once");
  const names = readdirSync(course.path(places.cache)).map((name) => name.replace(/-[0-9a-f]{16}\./, "-HASH."));
  assert.deepEqual(names.sort(), ["tensorflow-cpu-2.15.1", "tfjs_binding-HASH.node"], "the wheel is not kept");
});

testNative("a second run does nothing, and one after --remove or npm neither fetches nor compiles", async (course) => {
  await course.setup();
  assert.deepEqual(await course.setup(), { code: 0, stdout: "Native TensorFlow: up to date\n", stderr: "" });
  const { code, stdout } = await course.remove();
  assert.equal(code, 0);
  assert.match(stdout, /Native TensorFlow: removed; what was fetched stays in build.native/);
  assertNotSetUp(course);
  assert.equal((await course.remove()).stdout, "Native TensorFlow: not set up\n");
  const { stdout: again } = await course.setup();
  assert.equal(again, "Native TensorFlow: ready. A notebook that is open uses it after a kernel restart.\n");
  assert.deepEqual([course.downloads, course.compiles], [1, 1]);
});

testNative("two runs at once take turns", async (course) => {
  const [one, other] = await Promise.all([course.setup(), course.setup()]);
  assert.deepEqual([one.code, other.code], [0, 0], one.stderr + other.stderr);
  assert.match(one.stdout + other.stdout, /Native TensorFlow: up to date/);
  assert.deepEqual([course.downloads, course.compiles], [1, 1]);
});

testNative("when the package's sources change, the binding is compiled anew", async (course) => {
  await course.setup();
  course.write(`${places.package}/binding/tfjs_binding.cc`, "// newer source");
  const { stdout } = await course.setup();
  assert.match(stdout, /Binding: compiled/);
  assert.deepEqual([course.downloads, course.compiles], [1, 2]);
});

testNative("a wheel with other bytes is refused, and nothing else is deleted", async (course) => {
  course.write(`${places.cache}/tensorflow-cpu-2.12.1/kept`, "of an earlier version");
  const bytes = Buffer.from(course.wheel);
  bytes[bytes.indexOf("library ") + 1] ^= 1;
  course.answer = (_name, response): void => void response.end(bytes);
  const { code, stderr } = await course.setup();
  assert.equal(code, 1);
  assert.match(stderr, /not the published tensorflow_cpu-2\.15\.1.*: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}/);
  assert.doesNotMatch(stderr, /\bat .*\.mjs/, "a stack is no help here");
  assert.deepEqual(readdirSync(course.path(places.cache)), ["tensorflow-cpu-2.12.1"]);
  assert.equal(course.read(`${places.cache}/tensorflow-cpu-2.12.1/kept`), "of an earlier version");
  assertNotSetUp(course);
});

testNative("a download that breaks off says so, leaves nothing, and the next run completes it", async (course) => {
  const whole = course.answer;
  course.write(`${places.cache}/download.1.part/pip-unpack-1/${course.file}`, "of a run that was killed");
  course.answer = (_name, response, request): void => sendPart(course.wheel, 100_000, "cut", response, request);
  const { code, stderr } = await course.setup();
  assert.equal(code, 1);
  assert.match(stderr, /could not fetch tensorflow-cpu 2\.15\.1: .* or the connection broke/);
  assert.match(stderr, /-> Check the network connection and try again/);
  assert.deepEqual(readdirSync(course.path(places.cache)), []);
  assertNotSetUp(course);
  course.answer = whole;
  assert.match((await course.setup()).stdout, /Native TensorFlow: ready/);
});

testNative("without a network it says so and how to go on", async (course) => {
  const { code, stderr } = await course.setup({ PIP_INDEX_URL: "http://127.0.0.1:9/simple" });
  assert.equal(code, 1);
  assert.match(stderr, /could not fetch tensorflow-cpu 2\.15\.1: the Python package index cannot be reached/);
  assert.match(stderr, /-> Behind a proxy: .* A mirror: set PIP_INDEX_URL/);
  assert.ok(stderr.includes(`put it there: ${course.path(`${places.cache}/${course.file}`)}`), stderr);
  assert.match(course.read("build/setup/native-pip.log"), /tensorflow-cpu==2\.15\.1/);
});

testNative("what was finished before work was interrupted is not done again", async (course) => {
  const failed = await course.setup({ BINDING: "" });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /compiler could not compile the binding[^]*error: no such thing/);
  assertNotSetUp(course);
  // A kill while the wheel was being unpacked, and one while the package was being changed.
  course.write(`${places.cache}/tensorflow-cpu-2.15.1.1.part/tensorflow/libtensorflow_cc.so.2`, "libr");
  course.write(`${places.package}/deps.part/lib/libtensorflow_cc.so.2`, "libr");
  const { code, stderr } = await course.setup();
  assert.equal(code, 0, stderr);
  assert.equal(course.read(places.library), "library ".repeat(50_000));
  assert.deepEqual([course.downloads, course.compiles], [1, 2]);
  assert.ok(!readdirSync(course.path(places.cache)).some((name) => name.endsWith(".part")));
});

testNative("a wheel that somebody put into the cache is used", async (course) => {
  mkdirSync(course.path(places.cache), { recursive: true });
  writeFileSync(course.path(`${places.cache}/${course.file}`), course.wheel);
  const { code, stderr } = await course.setup();
  assert.equal(code, 0, stderr);
  assert.equal(course.downloads, 0);
});

testNative("a wheel in the cache that is cut off is fetched again", async (course) => {
  course.write(`${places.cache}/${course.file}`, "cut off");
  const { code, stderr } = await course.setup();
  assert.equal(code, 0, stderr);
  assert.equal(course.downloads, 1);
});

testNative("without a compiler nothing is fetched", async (course) => {
  const { code, stderr } = await course.setup({ CXX: course.path("bin/no compiler") });
  assert.equal(code, 1);
  assert.match(stderr, /the C\+\+ compiler .*no compiler does not run\.\n {2}-> .*apt install g\+\+/);
  assert.equal(course.downloads, 0);
});

testNative("a binding that does not load is taken away again, with the reason, and compiled anew next time", async (course) => {
  const { code, stderr } = await course.setup({ BINDING: "broken" });
  assert.equal(code, 1);
  assert.match(stderr, /Native TensorFlow is there, but does not work[^]*undefined symbol: TF_New/);
  assertNotSetUp(course);
  assert.match((await course.setup()).stdout, /Native TensorFlow: ready/);
  assert.deepEqual([course.downloads, course.compiles], [1, 2]);
});

testNative("a native library from elsewhere stays when it works, and is replaced when it does not", async (course) => {
  course.write(places.binding, "works\n");
  course.write(places.library, "from the package's own script");
  assert.match((await course.setup()).stdout, /has a library from elsewhere, which works; it stays/);
  assert.match((await course.remove()).stdout, /not from here/);
  assert.equal(course.read(places.library), "from the package's own script");
  assert.equal(course.downloads, 0);
  course.write(places.binding, "for another processor\n");
  assert.match((await course.setup()).stdout, /Native TensorFlow: ready/);
  assert.equal(course.read(places.library), "library ".repeat(50_000));
});

testNative("elsewhere than on Linux x86-64 with glibc it says so and what else there is", async (course) => {
  const systems = [
    [{ platform: "darwin", arch: "arm64" }, "here is darwin arm64."],
    [{ platform: "win32", arch: "x64" }, "here is win32 x64."],
    [{ platform: "linux", arch: "arm64", glibc: "2.36" }, "here is linux arm64 with glibc 2.36."],
    [{ platform: "linux", arch: "x64", glibc: "2.12" }, "here is linux x64 with glibc 2.12."],
    [{ platform: "linux", arch: "x64" }, "here is linux x64 without the GNU C library."],
  ] as const;
  for (const [system, text] of systems) {
    const { code, stderr } = await course.setup({}, system);
    assert.equal(code, 1);
    assert.ok(stderr.includes(text), stderr);
    assert.match(stderr, /-> npm rebuild @tensorflow\/tfjs-node --ignore-scripts=false/);
  }
  assert.equal(course.downloads, 0);
});

testNative("a disk without room is named with what is needed and what is free", async (course) => {
  const { stdout } = await course.evaluate(`
    const { checkRoom } = await import(scripts + "/native/checkRoom.mjs");
    checkRoom("build/native", 1);
    try { checkRoom("build/native", 1e18); } catch (error) { console.log(String(error)); }`);
  assert.match(stdout, /^There is too little room on the disk: native TensorFlow needs about 1\d{12} MB, and \d+ MB are free\./);
  assert.match(stdout, /\n +-> Make room/);
});
