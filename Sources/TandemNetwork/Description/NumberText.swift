import Foundation

// Numbers as people read them, for the reports of the libraries and of the tool. Decimal points
// whatever the locale, so that reports can be compared and parsed.

/// With a fixed number of decimals: `decimals(0.12345, 3)` → `0.123`
package func decimals(_ value: Double, _ digits: Int) -> String {
  // Of a NaN the sign means nothing, but would be printed.
  if value.isNaN { return "nan" }
  return String(format: "%.\(digits)f", value)
}

/// `0.9034` → `90.34 %`
package func percent(_ fraction: Double) -> String {
  decimals(fraction * 100, 2) + " %"
}

/// `1 worker`, `2 workers`, `6,000 images`
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count.grouped) \(noun)\(count == 1 ? "" : "s")"
}

extension Double {
  /// The nearest whole number with commas between thousands, if there is one: 61,706.
  package var grouped: String { Int(exactly: rounded())?.grouped ?? "\(self)" }
}

extension Int {
  /// With commas between thousands: 61,706.
  package var grouped: String {
    let digits = Array(String(magnitude))
    var text = self < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
