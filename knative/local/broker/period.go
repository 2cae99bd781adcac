package broker

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// period is a duration as ISO 8601 writes it, the only way that Knative's manifests take: PT0.5S, PT1M30S, P1D.
type period time.Duration

var periodForm = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// UnmarshalJSON reads a period. Months and years have no fixed length and are refused.
func (p *period) UnmarshalJSON(text []byte) error {
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	parts := periodForm.FindStringSubmatch(written)
	if parts == nil || strings.HasSuffix(written, "T") || written == "P" {
		return fmt.Errorf("%q must be an ISO 8601 duration, for example PT0.5S", written)
	}
	var total float64
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if n, err := strconv.ParseFloat(parts[i+1], 64); err == nil {
			total += n * float64(unit)
		}
	}
	*p = period(total)
	return nil
}
