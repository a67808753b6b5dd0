/// Names that other programs for training give to what options here stand for: those of PyTorch's,
/// torchvision's and timm's scripts, Lightning, Keras, fastai and Hugging Face's trainer.
enum ForeignSpellings {
  /// Options by what they are called elsewhere, without dashes.
  private static let options: [String: String] = [
    "learning-rate": "lr", "base-lr": "lr", "init-lr": "lr", "lrate": "lr", "lr-init": "lr",
    "num-epochs": "epochs", "n-epochs": "epochs", "max-epochs": "epochs", "nb-epoch": "epochs",
    "epoch": "epochs", "num-train-epochs": "epochs", "total-epochs": "epochs",
    "max-steps": "steps", "num-steps": "steps", "max-iter": "steps", "iterations": "steps",
    "bs": "batch-size", "batch": "batch-size", "batchsize": "batch-size",
    "train-batch-size": "batch-size", "global-batch-size": "batch-size",
    "per-device-train-batch-size": "batch-size", "mini-batch-size": "batch-size",
    "optimizer": "opt", "optim": "opt", "solver": "opt", "optimizer-name": "opt",
    "opt-epsilon": "opt-eps", "eps": "opt-eps", "epsilon": "opt-eps", "adam-epsilon": "opt-eps",
    "beta-1": "beta1", "adam-beta1": "beta1", "beta-2": "beta2", "adam-beta2": "beta2",
    "weightdecay": "weight-decay", "l2": "weight-decay", "decay": "weight-decay",
    "scheduler": "lr-scheduler", "sched": "lr-scheduler", "lr-schedule": "lr-scheduler",
    "lr-policy": "lr-scheduler", "lr-scheduler-type": "lr-scheduler", "lr-decay-rate": "lr-gamma",
    "decay-rate": "lr-gamma", "gamma": "lr-gamma", "lr-drop": "lr-step-size",
    "decay-epochs": "lr-step-size", "milestones": "lr-milestones",
    "decay-milestones": "lr-milestones", "min-lr": "lr-min", "eta-min": "lr-min",
    "warmup": "lr-warmup-epochs", "warmup-epochs": "lr-warmup-epochs",
    "warmup-steps": "lr-warmup-steps", "warmup-iters": "lr-warmup-steps",
    "patience-epochs": "lr-patience",
    "gradient-clip-val": "clip-grad", "clip-grad-norm": "clip-grad", "max-grad-norm": "clip-grad",
    "clip-norm": "clip-grad", "grad-clip": "clip-grad", "gradient-clipping": "clip-grad",
    "accumulate-grad-batches": "grad-accum-steps", "accum-iter": "grad-accum-steps",
    "gradient-accumulation-steps": "grad-accum-steps", "update-freq": "grad-accum-steps",
    "smoothing": "label-smoothing", "ls": "label-smoothing",
    "criterion": "loss", "loss-function": "loss", "objective": "loss",
    "arch": "model", "architecture": "model", "net": "model",
    "model-name": "model", "backbone": "model",
    "dataset": "data", "data-dir": "data", "data-path": "data", "dataset-path": "data",
    "data-root": "data", "root": "data", "train-dir": "data", "dataset-name": "data",
    "pretrained": "weights", "checkpoint": "weights", "ckpt": "weights",
    "initial-checkpoint": "weights", "model-path": "weights", "finetune": "weights",
    "resume-from-checkpoint": "resume", "ckpt-path": "resume", "resume-from": "resume",
    "out": "output", "outdir": "output", "output-dir": "output", "out-dir": "output",
    "save-dir": "output", "log-dir": "output", "results-dir": "output", "output-path": "output",
    "save-path": "output", "overwrite-output-dir": "overwrite",
    "random-seed": "seed", "manual-seed": "seed",
    "num-workers": "workers", "n-jobs": "workers", "threads": "workers", "num-threads": "workers",
    "n-threads": "workers", "cpus": "workers", "nproc": "workers",
    "drop": "dropout", "drop-rate": "dropout", "dropout-rate": "dropout", "p-dropout": "dropout",
    "image-size": "input-size", "img-size": "input-size", "imgsz": "input-size",
    "crop-size": "input-size",
    "hflip": "horizontal-flip", "vflip": "vertical-flip", "degrees": "rotation-range",
    "scale": "random-resized-crop", "reprob": "random-erasing", "mixup-alpha": "mixup",
    "cutmix-alpha": "cutmix", "ta-wide": "trivial-augment", "auto-augment": "augment",
    "aug": "augment", "aa": "augment", "sync-batchnorm": "sync-bn", "syncbn": "sync-bn",
    "topk": "top-k", "tencrop": "ten-crop", "flip-tta": "tta",
    "ema-decay": "ema", "model-ema-decay": "ema", "model-ema": "ema",
    "early-stopping-patience": "early-stopping", "early-stop": "early-stopping",
    "silent": "quiet", "debug": "verbose", "logfile": "log-file", "log": "log-file",
    "num-class": "num-classes", "nclasses": "num-classes", "classes": "num-classes",
    "width-mult": "width", "width-multiplier": "width",
  ]

  /// Options that stand for one value of ours.
  private static let values: [String: (option: String, value: String)] = [
    "amp": ("precision", "bf16"), "mixed-precision": ("precision", "bf16"),
    "bf16": ("precision", "bf16"), "fp16": ("precision", "bf16"), "half": ("precision", "bf16"),
    "adam": ("opt", "adam"), "sgd": ("opt", "sgd"), "no-shuffle": ("shuffle", "none"),
  ]

  /// Options that choose a device there.
  private static let devices: Set<String> = [
    "device", "devices", "gpu", "gpus", "cuda", "no-cuda", "use-cuda", "accelerator", "n-gpu",
    "device-ids",
  ]

  /// What to write in place of an option that a command does not have; nil if nobody knows.
  /// - Parameter word: with its dashes.
  static func hint(for word: String, in catalogue: OptionCatalogue) -> String? {
    let given = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
    let name = given.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
    if catalogue.entry(named: name) != nil { return "here it is --\(name)" }
    if let option = options[name], catalogue.entry(named: option) != nil {
      return "here it is --\(option)"
    }
    if let (option, value) = values[name], catalogue.entry(named: option) != nil {
      return "here it is --\(option) \(value)"
    }
    if devices.contains(name) {
      return "the cores of the processor compute here, and there is nothing to choose; leave it out"
    }
    return nil
  }
}
