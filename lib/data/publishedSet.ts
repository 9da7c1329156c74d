/** What one of the four files of a data set holds. */
export type FileRole = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** One file of a published data set. */
export interface PublishedFile {
  /** What the file holds. */
  role: FileRole;
  /** Name at the mirrors, gzipped. */
  name: string;
  /** Dimensions in the IDX header: images, rows, columns or labels. */
  dimensions: readonly number[];
  /** sha256 of the decompressed IDX bytes, in hexadecimal digits. */
  sha256: string;
}

/** A published data set: what its files must be, and where they can be had. */
export interface PublishedSet {
  /** Name as people write it. */
  name: string;
  /** Name of its folder. */
  folder: string;
  /** Class of each label. */
  classNames: readonly string[];
  /** The four files, labels first: they are small, so that a useless mirror is soon found out. */
  files: readonly PublishedFile[];
  /** Addresses of folders that serve the files, in the order they are tried. */
  mirrors: readonly string[];
  /** Address under which the npm package mnist-dataset caches the files, `null` if it does not. */
  cachedUnder: string | null;
}

const layout: readonly Omit<PublishedFile, "sha256">[] = [
  { role: "trainLabels", name: "train-labels-idx1-ubyte.gz", dimensions: [60_000] },
  { role: "testLabels", name: "t10k-labels-idx1-ubyte.gz", dimensions: [10_000] },
  { role: "testImages", name: "t10k-images-idx3-ubyte.gz", dimensions: [10_000, 28, 28] },
  { role: "trainImages", name: "train-images-idx3-ubyte.gz", dimensions: [60_000, 28, 28] },
];

function filesWith(sha256: Record<FileRole, string>): readonly PublishedFile[] {
  return layout.map((file) => ({ ...file, sha256: sha256[file.role] }));
}

/** MNIST by LeCun, Cortes and Burges: handwritten digits. */
export const mnist: PublishedSet = {
  name: "MNIST",
  folder: "mnist",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  files: filesWith({
    trainImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  }),
  mirrors: [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
  ],
  cachedUnder: "http://yann.lecun.com/exdb/mnist/",
};

/** Fashion-MNIST by Xiao, Rasul and Vollgraf (arXiv 1708.07747): pictures of clothes. */
export const fashionMnist: PublishedSet = {
  name: "Fashion-MNIST",
  folder: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  files: filesWith({
    trainImages: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    trainLabels: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    testImages: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    testLabels: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  }),
  mirrors: [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
  ],
  cachedUnder: null,
};

/** Every published data set this library reads. */
export const publishedSets: readonly PublishedSet[] = [mnist, fashionMnist];
