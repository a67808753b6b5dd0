import TandemProcess

/// Prints a report for people on standard output. What it says may come from paths and files.
func printReport(_ text: String) {
  print(ReportStream.shown(OptionNames.worded(text).escapedLines))
}
