/// How an element of a tensor is stored.
package enum ElementType: Sendable {
  case float32, bfloat16

  var byteCount: Int { self == .float32 ? 4 : 2 }
}
