package wire

import (
	"encoding/json"
	"net/http"
	"time"
)

// Object is a JSON object of the API. What is absent in an answer and what is null are different things, so
// every field is written down here.
type Object map[string]any

// Date is null for a time that has not come.
func Date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// Each maps a list and is never null.
func Each[T, U any](list []T, view func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, item := range list {
		out = append(out, view(item))
	}
	return out
}

// Message is the other form of an error: 405 and 429 have it.
func Message(w http.ResponseWriter, status int, text string) {
	WriteJSON(w, status, map[string]string{"message": text})
}

func WriteJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller may be gone
}
