import CKernels
import TandemTensor
import Testing

@Suite("Sum kernels")
struct SumKernelTests {
  @Test("add and scale", arguments: [0, 1, 15, 16, 17, 1000])
  func elementwise(count: Int) {
    var total = (0..<count).map { Float($0) }
    let addend = (0..<count).map { Float($0) * 0.5 }
    tandem_add(&total, addend, count)
    #expect(total == (0..<count).map { Float($0) * 1.5 })
    var scaled = [Float](repeating: 9, count: count)
    tandem_scale(&scaled, total, 2, count)
    #expect(scaled == (0..<count).map { Float($0) * 3 })
  }

  @Test("sums of squares are exact for small integers and keep what float would lose")
  func squares() {
    for count in [0, 1, 15, 16, 33] {
      let values = (0..<count).map { Float($0 + 1) }
      let closedForm = count * (count + 1) * (2 * count + 1) / 6
      #expect(tandem_sum_of_squares(values, count) == Double(closedForm))
    }
    // 4096 squares of 2^12 and one of 1: 2^36 + 1 needs 37 bits.
    let values = [Float](repeating: 4096, count: 4096) + [1]
    #expect(tandem_sum_of_squares(values, 4097) == 0x1p36 + 1)
  }

  @Test("one infinity or NaN anywhere is found; the largest numbers are finite")
  func finite() {
    var values = [Float](repeating: -.greatestFiniteMagnitude, count: 100)
    #expect(tandem_all_finite(values, 100) == 1)
    #expect(tandem_all_finite(values, 0) == 1)
    for bad in [Float.nan, .infinity, -.infinity, -.nan] {
      for index in [0, 31, 99] {
        values[index] = bad
        #expect(tandem_all_finite(values, 100) == 0)
        values[index] = .leastNonzeroMagnitude
      }
    }
  }
}
