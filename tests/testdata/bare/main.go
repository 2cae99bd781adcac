// Command bare is the least that a function could be: what a function's start is measured against.
package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/health/liveness", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ALIVE\n")) })
	_ = http.ListenAndServe(os.Getenv("LISTEN_ADDRESS"), nil) //#nosec G114 -- the least there can be, for a benchmark
}
