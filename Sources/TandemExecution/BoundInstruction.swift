import COneDNN
import TandemNetwork

/// One instruction, ready to run.
enum BoundInstruction {
  case primitive(
    Primitive, label: String, count: Int32, arguments: UnsafeMutablePointer<onednn_argument>,
    place: Int)
  case kernel(Kernel)

  func run(_ program: BoundProgram) throws {
    switch self {
    case .primitive(let primitive, let label, let count, let arguments, let place):
      let status = onednn_primitive_execute(
        primitive.handle, program.stream, count, arguments, !program.haveRun[place])
      if status != 0 { try OneDNN.check(status, "running \(label)") }
      program.haveRun[place] = true
    case .kernel(let kernel):
      try kernel(
        KernelContext(
          pointers: program.pointers, dropout: program.dropout,
          addsGradients: program.addsGradients, shareOfImage: program.shareOfImage,
          factors: program.factors,
          sumOverShards: program.sumOverShards, meet: program.meet))
    }
  }
}
