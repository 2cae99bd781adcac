package yousign

import (
	"maps"
	"slices"
	"sync"
)

// mostParts bounds the cache.
const mostParts = 500

// partsCache remembers what this process knows of the drafts that it works on. It saves looks, which decide whether
// a slow service can be got through within one delivery, and nothing depends on it: another instance looks itself.
type partsCache struct {
	mu        sync.Mutex
	byRequest map[string]parts
}

// parts are what the service confirmed to this process, part by part: ids, which it never gives to anything else.
type parts struct {
	document string            // its signature places were counted
	signers  map[string]string // our signer id to the service's
}

// of returns what is known of a request.
func (c *partsCache) of(requestID string) parts {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.byRequest[requestID]
	p.signers = maps.Clone(p.signers)
	return p
}

// learn adds to what is known of a request. A full cache forgets another one.
func (c *partsCache) learn(requestID, document string, signers map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byRequest == nil {
		c.byRequest = make(map[string]parts)
	}
	p, known := c.byRequest[requestID]
	for other := range c.byRequest {
		if known || len(c.byRequest) < mostParts {
			break
		}
		delete(c.byRequest, other)
	}
	if document != "" {
		p.document = document
	}
	if p.signers == nil {
		p.signers = make(map[string]string, len(signers))
	}
	maps.Copy(p.signers, signers)
	c.byRequest[requestID] = p
}

// cover reports whether everyone in the request is known.
func (p parts) cover(signers []wireSigner) bool {
	known := slices.Collect(maps.Values(p.signers))
	return !slices.ContainsFunc(signers, func(s wireSigner) bool { return !slices.Contains(known, s.ID) })
}
