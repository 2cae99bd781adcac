//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// outside is where people find a Service, inside where functions do.
func (i *installation) outside(service string) string {
	return "http://" + service + "." + i.namespace + "." + i.domain
}

func (i *installation) inside(service string) string {
	return "http://" + service + "." + i.namespace + ".svc.cluster.local"
}

// findRoutes lets this process find Services by their names, as a pod or a browser does: Knative's gateways tell one from
// another by the name alone.
func (i *installation) findRoutes(ctx context.Context) error {
	var route struct {
		Status struct {
			Public  balancer `json:"publicLoadBalancer"`
			Private balancer `json:"privateLoadBalancer"`
		}
	}
	if err := look(ctx, &route, "ingresses.networking.internal.knative.dev", "bare", "-n", i.namespace); err != nil {
		return err
	}
	public, err := route.Status.Public.gateway(ctx)
	if err != nil {
		return err
	}
	private, err := route.Status.Private.gateway(ctx)
	if err != nil {
		return err
	}
	i.gateway = private
	transport := http.DefaultTransport.(*http.Transport)
	transport.Proxy, transport.MaxIdleConnsPerHost = nil, 256
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		switch host, _, _ := net.SplitHostPort(address); {
		case strings.HasSuffix(host, ".svc.cluster.local"):
			address = private.address
		case strings.HasSuffix(host, "."+i.domain):
			address = public.address
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return nil
}

// balancer is where a route's gateway is.
type balancer struct {
	Ingress []struct{ DomainInternal string }
}

// gateway is one of Knative's, by its address within the cluster and the namespace of its pods.
type gateway struct{ address, namespace string }

func (b balancer) gateway(ctx context.Context) (gateway, error) {
	if len(b.Ingress) == 0 {
		return gateway{}, fmt.Errorf("the route names no gateway")
	}
	parts := strings.Split(b.Ingress[0].DomainInternal, ".")
	if len(parts) < 2 {
		return gateway{}, fmt.Errorf("the gateway %q has no namespace", b.Ingress[0].DomainInternal)
	}
	var service struct {
		Spec struct{ ClusterIP string }
	}
	err := look(ctx, &service, "service", parts[0], "-n", parts[1])
	return gateway{net.JoinHostPort(service.Spec.ClusterIP, "80"), parts[1]}, err
}

// reachable is this machine's address as the cluster sees it: the one that it speaks to the API from.
func reachable(ctx context.Context) (string, error) {
	server, err := kubectl(ctx, "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
	if err != nil {
		return "", err
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(string(server), "https://"))
	if err != nil {
		return "", err
	}
	defer c.Close()
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	return host, err
}

// visit asks for a page and wants 200.
func visit(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, answer.Status)
	}
	return nil
}
