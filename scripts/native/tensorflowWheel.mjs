/**
 * The Python wheel whose C library and headers the binding of @tensorflow/tfjs-node 4.22 is linked with.
 * The package names TensorFlow 2.9 from a storage bucket; of the wheels in the Python package index this is
 * the one that was seen to work with it.
 */
export const tensorflowWheel = {
  project: "tensorflow-cpu",
  version: "2.15.1",
  file: "tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
  sha256: "54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26",
  /** Bytes of the wheel, and of what is unpacked of it. */
  size: 207_208_420,
  unpackedSize: 614_200_000,
};

/** The shared libraries, by their names in the wheel's folder `tensorflow`. */
export const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

/** How the names begin of what is unpacked: the libraries, what tensorflow/c/eager/c_api.h includes, the licence. */
export const wantedMembers = [
  ...libraries.map((name) => `tensorflow/${name}`),
  "tensorflow/include/tensorflow/c/",
  "tensorflow/include/tensorflow/core/platform/ctstring",
  "tensorflow/include/tsl/c/",
  "tensorflow/include/tsl/platform/ctstring",
  "tensorflow_cpu-2.15.1.dist-info/LICENSE",
];
