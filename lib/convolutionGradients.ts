import * as tf from "@tensorflow/tfjs";

/** What tfjs hands the three kernels below. */
interface KernelCall {
  inputs: Record<string, unknown>;
  attrs?: unknown;
}

/** How a convolution without dilation moves over an image. */
type Geometry = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

interface Attributes {
  strides: [number, number] | number;
  pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
  dataFormat?: "NHWC" | "NCHW";
  dilations?: [number, number] | number;
}

type Images = [number, number, number, number];

function geometryOf(image: Images, filter: Images, attributes: Attributes, depthwise: boolean): Geometry {
  const { strides, pad, dimRoundingMode, dataFormat = "NHWC", dilations = 1 } = attributes;
  if (dataFormat !== "NHWC") throw new Error(`Expected the data format NHWC for a convolution's gradient but found ${dataFormat}.`);
  return tf.backend_util.computeConv2DInfo(image, filter, strides, dilations, pad, dimRoundingMode, depthwise);
}

/** For each place of the window, row by row, what of the images the weight there is multiplied with: [batch, height, width, channels]. */
function windows(x: tf.Tensor4D, geometry: Geometry): tf.Tensor4D[] {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } = geometry;
  const down = (outHeight - 1) * strideHeight + 1;
  const right = (outWidth - 1) * strideWidth + 1;
  const { top, left } = geometry.padInfo;
  const bottom = Math.max(down + filterHeight - 1 - inHeight - top, 0);
  const rightPad = Math.max(right + filterWidth - 1 - inWidth - left, 0);
  const padded = tf.pad(x, [[0, 0], [top, bottom], [left, rightPad], [0, 0]]);
  const strides = [1, strideHeight, strideWidth, 1];
  return Array.from({ length: filterHeight * filterWidth }, (_, i) => {
    const [row, column] = [Math.floor(i / filterWidth), i % filterWidth];
    return tf.stridedSlice(padded, [0, row, column, 0], [batchSize, row + down, column + right, inChannels], strides) as tf.Tensor4D;
  });
}

/** `d filter = Σ over batch and places of x · dy`, one product of matrices for all of the window. */
function conv2DBackpropFilter({ inputs, attrs }: KernelCall): tf.Tensor {
  const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { filterShape, ...rest } = attrs as Attributes & { filterShape: Images };
  return tf.tidy(() => {
    const columns = tf.concat(windows(x, geometryOf(x.shape, filterShape, rest, false)), 3);
    const [, , , filters] = filterShape;
    const rows = tf.reshape(columns, [-1, columns.shape[3]]);
    return tf.reshape(tf.matMul(tf.transpose(rows), tf.reshape(dy, [-1, filters])), filterShape);
  });
}

/** The same for a convolution of each channel by itself: `d filter[i, j, c, m] = Σ x[…, c] · dy[…, c · multiplier + m]`. */
function depthwiseBackpropFilter({ inputs, attrs }: KernelCall): tf.Tensor {
  const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { filterShape, ...rest } = attrs as Attributes & { filterShape: Images };
  return tf.tidy(() => {
    const [, , channels, multiplier] = filterShape;
    const gradients = tf.reshape(dy, [-1, channels, multiplier]);
    const places = windows(x, geometryOf(x.shape, filterShape, rest, true)).map((window) =>
      tf.sum(tf.mul(tf.reshape(window, [-1, channels, 1]), gradients), 0),
    );
    return tf.reshape(tf.stack(places), filterShape);
  });
}

/** Zeros between neighbours along the axes 1 and 2, as the strides had left numbers out. */
function spread(dy: tf.Tensor4D, { strideHeight, strideWidth }: Geometry): tf.Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return dy;
  const [batch, height, width, channels] = dy.shape;
  const spaced = tf.pad(tf.reshape(dy, [batch * height, 1, width, 1, channels]), [
    [0, 0], [0, strideHeight - 1], [0, 0], [0, strideWidth - 1], [0, 0],
  ]);
  const whole = tf.reshape(spaced, [batch, height * strideHeight, width * strideWidth, channels]) as tf.Tensor4D;
  return tf.slice4d(whole, [0, 0, 0, 0], [batch, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels]);
}

/** `d x`: dy, spread out, convolved with the filter turned around, each channel by itself. */
function depthwiseBackpropInput({ inputs, attrs }: KernelCall): tf.Tensor {
  const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
  const { inputShape, ...rest } = attrs as Attributes & { inputShape: Images };
  return tf.tidy(() => {
    const geometry = geometryOf(inputShape, filter.shape, rest, true);
    const { filterHeight, filterWidth, padInfo } = geometry;
    const [batch, height, width, channels] = inputShape;
    const [, , , multiplier] = filter.shape;
    const wide = spread(dy, geometry);
    const before = [filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left];
    const after = [height + filterHeight - 1 - wide.shape[1] - before[0], width + filterWidth - 1 - wide.shape[2] - before[1]];
    const padded = tf.pad(wide, [[0, 0], [before[0], after[0]], [before[1], after[1]], [0, 0]]);
    const turned = tf.reshape(tf.reverse(filter, [0, 1]), [filterHeight, filterWidth, channels * multiplier, 1]);
    const sums = tf.depthwiseConv2d(padded, turned as tf.Tensor4D, 1, "valid");
    return multiplier === 1 ? sums : tf.sum(tf.reshape(sums, [batch, height, width, channels, multiplier]), 4);
  });
}

/**
 * Teaches tfjs's WebAssembly backend the gradients of convolutions that it lacks, made of operations that it has, so that
 * models with Conv2D, DepthwiseConv2D and their quantized forms can be trained with it.
 */
export function registerConvolutionGradients(): void {
  const kernels: Record<string, (call: KernelCall) => tf.Tensor> = {
    Conv2DBackpropFilter: conv2DBackpropFilter,
    DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
    DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
  };
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    if (!tf.getKernel(kernelName, "wasm")) tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  }
}
