import CKernels
import TandemTensor

extension PlanBuilder {
  /// Into or out of the order of our own convolutions, by a kernel that transposes in registers and
  /// knows only plain order on the other side.
  mutating func reorderedLanes(
    _ source: Operand, to wanted: MemoryDescriptor, shape: Shape, label: String,
    in section: Section
  ) throws -> Operand {
    let (images, features) = (images, shape.elementCount / images)
    let plain = try MemoryDescriptor.plain(shape)
    let isWanted = wanted.imageLanesShape != nil
    let from = isWanted ? try reordered(source, to: plain, label: label, in: section) : source
    let to = operand("\(label) in another format", isWanted ? wanted : plain)
    emit(label: "\(label) reorder", in: section, reads: [from.buffer], writes: [to.buffer]) {
      context in
      if isWanted {
        tandem_lanes_from_plain(context.floats(from), context.floats(to), images, features)
      } else {
        tandem_lanes_to_plain(context.floats(from), context.floats(to), images, features)
      }
    }
    return isWanted ? to : try reordered(to, to: wanted, label: label, in: section)
  }
}
