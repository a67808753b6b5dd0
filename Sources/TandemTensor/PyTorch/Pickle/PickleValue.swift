/// A value that a pickle describes. Those that hold others are places in the tables of a
/// `PickleHeap`: then no depth exhausts the stack, and nothing that holds itself stays in memory.
enum PickleValue {
  /// None, and all else that says nothing of weights: numbers with a fraction, bytes, devices.
  case other
  case boolean(Bool)
  case integer(Int)
  case text(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PyTorchGlobal)
  case storage(Int)
  case tensor(Int)
}
