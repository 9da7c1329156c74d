import type { Split } from "./split.js";

/** Where the images of a `Dataset` came from; `drawn`: neither data nor network was there. */
export type DataSource = "environment" | "checkout" | "share" | "mnist-dataset cache" | "download" | "drawn";

/** MNIST or Fashion-MNIST, or the drawn digits that stand in for it. */
export interface Dataset {
  /** "MNIST", "Fashion-MNIST" or "drawn digits". */
  name: string;
  /** Kind of place the images came from. */
  source: DataSource;
  /** Folder the files were read from, `null` for drawn digits. */
  folder: string | null;
  /** Whether every file has the sha256 of the published data; `false` for drawn digits. */
  isReal: boolean;
  /** Markdown that a notebook shows when the data is not the real one, `null` otherwise. */
  notice: string | null;
  /** For each label its name. */
  classNames: readonly string[];
  /** Rows, columns and channels of one image. */
  imageShape: readonly [28, 28, 1];
  /** The 60,000 training images. */
  train: Split;
  /** The 10,000 test images. */
  test: Split;
}
