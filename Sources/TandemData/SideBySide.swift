import Synchronization
import TandemProcess

/// Transforms each element on a thread of its own, as far as there are cores and threads.
/// - Throws: the error of the first element, in their order, that has one.
func sideBySide<Element: Sendable, Value: Sendable>(
  _ elements: [Element], _ transform: @Sendable (Element) throws -> Value
) throws -> [Value] {
  let results = Mutex<[Int: Result<Value, any Error>]>([:])
  OwnThread.sideBySide(elements.count) { index in
    let result = Result { try transform(elements[index]) }
    results.withLock { $0[index] = result }
  }
  return try results.withLock { results in
    try elements.indices.compactMap { try results[$0]?.get() }
  }
}
