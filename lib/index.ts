export { ready } from "./backend.js";
export type { BackendName } from "./backend.js";

export type { Dataset, DataSource } from "./data/dataset.js";
export type { Matrix } from "./data/matrix.js";
export type { Split } from "./data/split.js";
export { createRandom } from "./data/random.js";
export type { Random } from "./data/random.js";
export { loadFashionMnist } from "./data/loadFashionMnist.js";
export { loadMnist } from "./data/loadMnist.js";
export type { DownloadProgress, LoadOptions } from "./data/loadOptions.js";
export { fillMnistDatasetCache } from "./data/fillMnistDatasetCache.js";
export { prepareData } from "./data/prepareData.js";
export { scalePixels } from "./data/scalePixels.js";
export { selectClasses } from "./data/selectClasses.js";
export { subset } from "./data/subset.js";
export { takeImages } from "./data/takeImages.js";
export { toCategorical } from "./data/toCategorical.js";
export { trainValidationSplit } from "./data/trainValidationSplit.js";

export { display } from "./notebook/display.js";
export { progressBar } from "./notebook/progressBar.js";
export type { ProgressBar, ProgressBarOptions } from "./notebook/progressBar.js";
export { showMarkdown } from "./notebook/showMarkdown.js";

export { binary, Binary } from "./quantizers/binary.js";
export type { BinaryOptions } from "./quantizers/binary.js";
export { getQuantizer } from "./quantizers/getQuantizer.js";
export type { QuantizerIdentifier } from "./quantizers/getQuantizer.js";
export type { Po2Options } from "./quantizers/po2Quantizer.js";
export { quantizedBits, QuantizedBits } from "./quantizers/quantizedBits.js";
export type { QuantizedBitsOptions } from "./quantizers/quantizedBits.js";
export { quantizedPo2, QuantizedPo2 } from "./quantizers/quantizedPo2.js";
export { quantizedRelu, QuantizedRelu } from "./quantizers/quantizedRelu.js";
export type { QuantizedReluOptions } from "./quantizers/quantizedRelu.js";
export { quantizedReluPo2, QuantizedReluPo2 } from "./quantizers/quantizedReluPo2.js";
export type { QuantizedReluPo2Options } from "./quantizers/quantizedReluPo2.js";
export { quantizedSigmoid, QuantizedSigmoid } from "./quantizers/quantizedSigmoid.js";
export type { QuantizedSigmoidOptions } from "./quantizers/quantizedSigmoid.js";
export { quantizedTanh, QuantizedTanh } from "./quantizers/quantizedTanh.js";
export type { QuantizedTanhOptions } from "./quantizers/quantizedTanh.js";
export { Quantizer } from "./quantizers/quantizer.js";
export type { QuantizedCodes } from "./quantizers/quantizer.js";
export { ternary, Ternary } from "./quantizers/ternary.js";
export type { TernaryOptions } from "./quantizers/ternary.js";

export { cloneModel } from "./layers/cloneModel.js";
export { heNormal } from "./layers/heNormal.js";
export { qActivation, QActivation } from "./layers/qActivation.js";
export type { QActivationArgs } from "./layers/qActivation.js";
export { qDense, QDense } from "./layers/qDense.js";
export type { QDenseArgs } from "./layers/qDense.js";

export { constantSparsity } from "./pruning/constantSparsity.js";
export type { ConstantSparsityArgs } from "./pruning/constantSparsity.js";
export { magnitudeMask } from "./pruning/magnitudeMask.js";
export type { PruningBehaviour } from "./pruning/magnitudeMask.js";
export { polynomialDecay } from "./pruning/polynomialDecay.js";
export type { PolynomialDecayArgs } from "./pruning/polynomialDecay.js";
export { pruneLowMagnitude } from "./pruning/pruneLowMagnitude.js";
export type { PruneLowMagnitudeArgs } from "./pruning/pruneLowMagnitude.js";
export { PruneLowMagnitude } from "./pruning/pruneLowMagnitudeLayer.js";
export type { PruningSchedule } from "./pruning/pruningSchedule.js";
export { stripPruning } from "./pruning/stripPruning.js";

export { distillationLoss, distillationTargets } from "./distillation/distillationLoss.js";
export type { DistillationLoss, DistillationLossArgs } from "./distillation/distillationLoss.js";

export { adam, Adam } from "./training/adam.js";
export type { AdamOptions } from "./training/adam.js";
export type { EngineName } from "./training/engine.js";
export { evaluate } from "./training/evaluate.js";
export type { Evaluation } from "./training/evaluate.js";
export { fit } from "./training/fit.js";
export { fitAll } from "./training/fitAll.js";
export type { FitAllOptions, FitJob } from "./training/fitAll.js";
export type { History, Logs } from "./training/fit.js";
export type { FitCallback, FitOptions } from "./training/fitOptions.js";
export { predict, predictedLabels } from "./training/predict.js";
export type { Samples } from "./training/samples.js";

export { readModel } from "./files/readModel.js";
export { sizeReport } from "./files/sizeReport.js";
export type { FileSize } from "./files/sizeReport.js";
export { writeModel } from "./files/writeModel.js";

export { formatQStats, printQStats } from "./measure/printQStats.js";
export { qStats } from "./measure/qStats.js";
export type { LayerStats } from "./measure/qStats.js";
export { sparsityReport } from "./measure/sparsityReport.js";
export type { LayerSparsity } from "./measure/sparsityReport.js";

export { accuracyAgainstSize } from "./figures/accuracyAgainstSize.js";
export { accuracyByEpoch } from "./figures/accuracyByEpoch.js";
export { accuracyMap } from "./figures/accuracyMap.js";
export type { SweepPoint } from "./figures/accuracyMap.js";
export { confusionMatrix } from "./figures/confusionMatrix.js";
export type { Figure } from "./figures/figure.js";
export { imageGrid } from "./figures/imageGrid.js";
export { show } from "./figures/show.js";
export { sparsityByStep } from "./figures/sparsityByStep.js";
export { table } from "./figures/table.js";
export { methodStyle } from "./figures/theme.js";
export type { Method } from "./figures/theme.js";
export { toSvg } from "./figures/toSvg.js";
export { weightHistograms } from "./figures/weightHistograms.js";

export { checkClaims } from "./results/checkClaims.js";
export type { Claim } from "./results/checkClaims.js";
export { codeHash } from "./results/codeHash.js";
export { saveResults } from "./results/saveResults.js";
export type { ResultsFile, RunResults } from "./results/saveResults.js";
