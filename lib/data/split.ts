/** A set of labelled 28 x 28 images, all in typed arrays. */
export interface Split {
  /** Grey values 0 (background) to 255 (ink), image after image, row after row: [size * 784]. */
  images: Uint8Array;
  /** One label an image, an index into `classes` and `classNames`: [size]. */
  labels: Uint8Array;
  /** Number of images. */
  size: number;
  /** For each label the class of the original data set it stands for: `[1, 9]` after `selectClasses`. */
  classes: readonly number[];
  /** For each label its name. */
  classNames: readonly string[];
}
