{{- define "qlines.labels" -}}
app.kubernetes.io/name: qlines
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* What a part's pods are found by: (dict "root" . "part" "web") */}}
{{- define "qlines.selector" -}}
app.kubernetes.io/name: qlines
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{/* The pod of a part: (dict "root" . "part" "web" "roles" "init,…" "values" .Values.web "data" "emptyDir") */}}
{{- define "qlines.pod" -}}
metadata:
  labels:
    {{- include "qlines.selector" . | nindent 4 }}
  annotations:
    checksum/settings: {{ toJson .root.Values.settings | sha256sum }}
spec:
  # It stops its programs in order: what is in a buffer is stored, and the spool is synced.
  terminationGracePeriodSeconds: 75
  automountServiceAccountToken: false
  # Else QLINES_WEB_PORT and the like come into the environment, which look like settings.
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 7010
    runAsGroup: 7010
    fsGroup: 7010
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "qlines.selector" . | nindent 10 }}
  containers:
    - name: qlines
      image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag }}"
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      env:
        - name: QLINES_NODE
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        - {name: QLINES_ROLES, value: {{ .roles | quote }}}
        - {name: QLINES_PUBLIC_URL, value: {{ .root.Values.publicUrl | quote }}}
        {{- range $name, $value := .root.Values.settings }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
        {{- range $name := .root.Values.secretKeys }}
        - {name: {{ $name }}_FILE, value: {{ printf "/etc/qlines/secrets/%s" $name | quote }}}
        {{- end }}
      ports:
        - {name: http, containerPort: 5000}
        - {name: health, containerPort: 5001}
        {{- if eq .part "ingest" }}
        - {name: mqtt, containerPort: 1883}
        {{- end }}
      startupProbe:
        httpGet: {path: /health/live, port: health}
        periodSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /health/live, port: health}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      {{- if eq .part "ingest" }}
      # Devices are served as long as the broker can write files, whatever else is away.
      readinessProbe:
        tcpSocket: {port: mqtt}
      {{- else }}
      readinessProbe:
        httpGet: {path: /health/ready, port: health}
      {{- end }}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: run, mountPath: /run}
        - {name: secrets, mountPath: /etc/qlines/secrets, readOnly: true}
        {{- with .root.Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- if eq .part "web" }}
    - {name: data, emptyDir: {}}
    {{- end }}
    - {name: tmp, emptyDir: {}}
    - {name: run, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
    - name: secrets
      secret: {secretName: {{ .root.Values.secretName | quote }}, defaultMode: 0440}
    {{- with .root.Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
