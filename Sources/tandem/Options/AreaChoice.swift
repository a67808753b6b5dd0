/// Parts of an area, or none.
struct AreaChoice: Hashable {
  let scale: ClosedRange<Double>?
}
