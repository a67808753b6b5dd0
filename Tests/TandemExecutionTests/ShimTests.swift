import COneDNN
import TandemExecution
import Testing

/// What the shim makes of what oneDNN says and throws.
@Suite struct ShimTests {
  @Test func exceptionsBecomeErrors() {
    #expect(throws: ExecutionError.outOfMemory(activity: "compiling conv1 forward")) {
      try OneDNN.check(onednn_raise(true), "compiling conv1 forward")
    }
    #expect(
      throws: ExecutionError.library(activity: "compiling conv1", status: "run-time error")
    ) {
      try OneDNN.check(onednn_raise(false), "compiling conv1")
    }
  }

  @Test func lackOfMemorySaysWhatToDo() {
    let text = ExecutionError.outOfMemory(activity: "creating a stream").description
    #expect(text.contains("creating a stream") && text.contains("`batchSize`"))
    #expect(text.contains("ulimit -v"))
  }

  /// The numbers are those of the headers of oneDNN 2.6 to 3.13.
  @Test func instructionSetsHaveNames() {
    #expect(OneDNN.name(ofInstructionSet: 0x1) == "sse41")
    #expect(OneDNN.name(ofInstructionSet: 0x7) == "avx2")
    #expect(OneDNN.name(ofInstructionSet: 0x27) == "avx512_core")
    #expect(OneDNN.name(ofInstructionSet: 0xe7) == "avx512_core_bf16")
    let newer: [(Int32, String)] = [
      (0xf, "avx2_vnni"), (0x1f, "avx2_vnni_2"), (0x1ef, "avx512_core_fp16"),
      (0xfef, "avx512_core_amx"), (0x1fef, "avx512_core_amx_fp16"), (0x201ff, "avx10_2"),
      (0x22fff, "avx10_2_amx_2"),
    ]
    let older: [(Int32, String)] = [(0x407, "avx2_vnni"), (0x3e7, "avx512_core_amx")]
    for (number, name) in OneDNN.version.hasPrefix("2.") ? older : newer {
      #expect(OneDNN.name(ofInstructionSet: number) == name)
    }
  }

  /// What a later version may put above AVX-512 computes with bfloat16 all the same.
  @Test func unknownInstructionSetsCountByWhatTheyContain() {
    #expect(OneDNN.name(ofInstructionSet: 0x7ffff) == "beyond avx512_core_bf16")
    #expect(OneDNN.name(ofInstructionSet: 0x100027) == "beyond avx512_core")
    #expect(OneDNN.name(ofInstructionSet: 0x100007) == "unknown")
    #expect(onednn_instruction_set_has_avx512(0x7ffff))
    #expect(onednn_instruction_set_has_bfloat16(0x22fff))
    #expect(onednn_instruction_set_has_bfloat16(0xe7))
    #expect(!onednn_instruction_set_has_bfloat16(0x67))
    #expect(!onednn_instruction_set_has_avx512(0x1f))
  }
}
