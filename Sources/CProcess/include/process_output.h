#ifndef TANDEM_PROCESS_OUTPUT_H
#define TANDEM_PROCESS_OUTPUT_H

// Writes out what is still buffered of standard output. Returns 0 if all that was ever printed has
// arrived, else the system's error number, as far as it is still known.
int tandem_finish_output(void);

#endif
